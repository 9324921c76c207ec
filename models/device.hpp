#pragma once

namespace zenops {

/// Whether local steps can run on a GPU in this build. Whoever was given one where they cannot is refused before the start: it would
/// keep from others what it does not use.
inline constexpr bool trains_on_gpus = false;

}  // namespace zenops

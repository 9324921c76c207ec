#pragma once

namespace zenops {

/// From now on torch's CPU memory is kept when it is freed, by size, with the thread that freed it: a training step
/// asks for the sizes of the step before, and malloc would give the large ones back to the kernel and fault them in
/// again.
void keep_freed_memory();

}  // namespace zenops

#pragma once
#include <cstdint>

namespace zenops {

/// Whose group a worker is in: worker j belongs to validator j mod V.
constexpr uint32_t group_of(uint32_t worker, uint32_t validators) { return worker % validators; }
/// How many of the workers are in a validator's group.
constexpr uint32_t members_of(uint32_t group, uint32_t workers, uint32_t validators) {
  return (workers + validators - 1 - group) / validators;
}

}  // namespace zenops

#pragma once
#include <caf/byte.hpp>
#include <caf/sec.hpp>
#include <caf/span.hpp>
#include <cstddef>

namespace zenops {

/// Bytes as they are, read or written by one of CAF's inspectors: CAF itself would go over them one by one.
template <class Inspector, class T>
bool inspect_raw(Inspector& f, T* data, size_t bytes) {
  if constexpr (Inspector::is_loading) {
    return f.value(caf::span<caf::byte>(reinterpret_cast<caf::byte*>(data), bytes));
  } else {
    return f.value(caf::span<const caf::byte>(reinterpret_cast<const caf::byte*>(data), bytes));
  }
}

/// Before memory is taken for them: are that many bytes there at all?
template <class Inspector>
bool has_left(Inspector& f, size_t bytes) {
  if constexpr (requires { f.remaining(); }) return bytes <= f.remaining();
  return true;
}

template <class Inspector>
bool refuse(Inspector& f) {
  f.emplace_error(caf::sec::end_of_stream);
  return false;
}

}  // namespace zenops

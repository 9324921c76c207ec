#pragma once
#include <caf/byte.hpp>
#include <caf/sec.hpp>
#include <caf/span.hpp>
#include <cstddef>

#include "runtime/envelope.hpp"

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

/// Reads or writes an envelope with one of CAF's inspectors, all but what its rows hold: `row(k)` does that.
template <class Inspector, class EachRow>
bool inspect_envelope(Inspector& f, Envelope& x, EachRow row) {
  uint64_t words = x.words.size(), rows = x.rows.size();
  if (!f.value(x.type) || !f.value(x.incarnation) || !f.value(x.request) || !f.value(x.answer) || !f.value(words) ||
      !f.value(rows))
    return false;
  if constexpr (Inspector::is_loading) {
    if (words == 0 || words > Envelope::max_words || rows > Envelope::max_rows ||
        !has_left(f, words * sizeof(capnp::word)))
      return refuse(f);
    Words array(words);
    if (!inspect_raw(f, array.data(), words * sizeof(capnp::word))) return false;
    x.words = std::move(array);
    x.rows.resize(rows);
  } else {
    if (words && !inspect_raw(f, x.words.begin(), words * sizeof(capnp::word))) return false;
  }
  for (size_t k = 0; k < rows; ++k)
    if (!row(k)) return false;
  return true;
}

/// The same for a row, its numbers among it.
template <class Inspector>
bool inspect_row(Inspector& f, Row& row) {
  uint64_t size = row.size();
  if (!f.value(size)) return false;
  if constexpr (Inspector::is_loading) {
    if (size > Envelope::max_row || !has_left(f, size * sizeof(float))) return refuse(f);
    row = Row(std::shared_ptr<float[]>(new float[size]), 0, size);
    return size == 0 || inspect_raw(f, row.mutable_view().data(), size * sizeof(float));
  } else {
    return size == 0 || inspect_raw(f, row.view().data(), size * sizeof(float));
  }
}

/// CAF's customisation point.
template <class Inspector>
bool inspect(Inspector& f, Envelope& x) {
  return inspect_envelope(f, x, [&](size_t k) { return inspect_row(f, x.rows[k]); });
}

}  // namespace zenops

#pragma once
#include <capnp/message.h>
#include <capnp/schema.h>
#include <capnp/serialize.h>

#include <memory>
#include <vector>

#include "base/expected.hpp"
#include "base/rows.hpp"
#include "runtime/inspect.hpp"
#include "runtime/words.hpp"

namespace zenops {

/// The one message type that CAF knows: an immutable Cap'n Proto message and the rows that lie beside it. Copying it
/// shares both, or copies a few words; between processes it is raw spans.
struct Envelope {
  uint64_t type = 0;         // the schema id of the root struct
  uint32_t incarnation = 0;  // of the sender; stamped when it is sent
  bool answer = false;
  Words words;
  std::vector<Row> rows;
  uint64_t request = 0;  // the number of a question or of the question that this answers; 0: neither

  /// `fill` is called with a Root::Builder.
  template <class Root, class Fill>
  static Envelope of(Fill fill, std::vector<Row> rows = {}) {
    capnp::word scratch[64]{};  // most messages are a few words; the builder's own first segment would be 8 KB
    capnp::MallocMessageBuilder builder(kj::arrayPtr(scratch, 64));
    fill(builder.initRoot<Root>());
    return {capnp::typeId<Root>(), 0, false, flat(builder), std::move(rows), 0};
  }
  template <class Root>
  static Envelope of() {
    return of<Root>([](auto) {});
  }

  /// Of the message and its rows.
  uint64_t bytes() const {
    uint64_t sum = words.size() * sizeof(capnp::word);
    for (const Row& row : rows) sum += row.size() * sizeof(float);
    return sum;
  }

  /// As one array.
  static Words flat(capnp::MessageBuilder& message);

  /// What a frame may hold at most; CAF has no limits of its own.
  static constexpr uint64_t max_words = uint64_t{1} << 20, max_rows = 4096, max_row = uint64_t{1} << 30;
};

/// The bytes of an envelope, and back. Foreign bytes become an envelope or an error (malformed), within the limits
/// above.
std::vector<std::byte> to_bytes(const Envelope& envelope);
Expected<Envelope> from_bytes(std::span<const std::byte> bytes);

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

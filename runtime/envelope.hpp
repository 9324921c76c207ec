#pragma once
#include <capnp/message.h>
#include <capnp/schema.h>
#include <capnp/serialize.h>

#include <memory>
#include <vector>

#include "base/expected.hpp"
#include "base/rows.hpp"
#include "runtime/words.hpp"

namespace zenops {

/// The one message type that CAF knows: an immutable Cap'n Proto message and the rows that lie beside it. Copying it
/// shares both, or copies a few words; between processes it is raw spans.
struct Envelope {
  uint64_t type = 0;         // the schema id of the root struct
  uint32_t incarnation = 0;  // of the sender; stamped when it is sent
  bool answer = false;  // it is one, and no question
  Words words;  // the message
  std::vector<Row> rows;  // beside it
  uint64_t request = 0;  // the number of a question or of the question that this answers; 0: neither

  /// `fill` is called with a Root::Builder.
  template <class Root, class Fill>
  static Envelope of(Fill fill, std::vector<Row> rows = {}) {
    capnp::word scratch[64]{};  // most messages are a few words; the builder's own first segment would be 8 KB
    capnp::MallocMessageBuilder builder(kj::arrayPtr(scratch, 64));
    fill(builder.initRoot<Root>());
    return {capnp::typeId<Root>(), 0, false, flat(builder), std::move(rows), 0};
  }
  /// Of a message without fields, or with none but defaults.
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
  static constexpr uint64_t max_words = uint64_t{1} << 20;
  static constexpr uint64_t max_rows = 4096;              // beside it
  static constexpr uint64_t max_row = uint64_t{1} << 30;  // floats of one
};

/// The bytes of an envelope, and back. Foreign bytes become an envelope or an error (malformed), within the limits
/// above.
std::vector<std::byte> to_bytes(const Envelope& envelope);
Expected<Envelope> from_bytes(std::span<const std::byte> bytes);

}  // namespace zenops

#pragma once
#include <capnp/message.h>
#include <capnp/schema.h>
#include <capnp/serialize.h>

#include <caf/sec.hpp>
#include <caf/span.hpp>
#include <caf/type_id.hpp>
#include <memory>
#include <vector>

#include "base/expected.hpp"
#include "base/rows.hpp"

namespace zenops {

/// The one message type that CAF knows: an immutable Cap'n Proto message and the rows that lie beside it. Copying it shares
/// both; between processes it is raw spans.
struct Envelope {
  uint64_t type = 0;         // the schema id of the root struct
  uint32_t incarnation = 0;  // of the sender; stamped when it is sent
  std::shared_ptr<const kj::Array<capnp::word>> words;
  std::vector<Row> rows;

  /// `fill` is called with a Root::Builder.
  template <class Root, class Fill>
  static Envelope of(Fill fill, std::vector<Row> rows = {}) {
    capnp::word scratch[64]{};  // most messages are a few words; the builder's own first segment would be 8 KB
    capnp::MallocMessageBuilder builder(kj::arrayPtr(scratch, 64));
    fill(builder.initRoot<Root>());
    return {capnp::typeId<Root>(), 0, std::make_shared<const kj::Array<capnp::word>>(capnp::messageToFlatArray(builder)),
            std::move(rows)};
  }
  template <class Root>
  static Envelope of() {
    return of<Root>([](auto) {});
  }

  /// Of the message and its rows.
  uint64_t bytes() const {
    uint64_t sum = words ? words->size() * sizeof(capnp::word) : 0;
    for (const Row& row : rows) sum += row.size() * sizeof(float);
    return sum;
  }

  /// What a frame may hold at most; CAF has no limits of its own.
  static constexpr uint64_t max_words = uint64_t{1} << 20, max_rows = 4096, max_row = uint64_t{1} << 30;
};

/// The bytes of an envelope, and back. Foreign bytes become an envelope or an error (malformed), within the limits above.
std::vector<std::byte> to_bytes(const Envelope& envelope);
Expected<Envelope> from_bytes(std::span<const std::byte> bytes);

/// CAF's customisation point.
template <class Inspector>
bool inspect(Inspector& f, Envelope& x) {
  auto raw = [&f](auto* data, size_t bytes) {
    if constexpr (Inspector::is_loading) {
      return f.value(caf::span<caf::byte>(reinterpret_cast<caf::byte*>(data), bytes));
    } else {
      return f.value(caf::span<const caf::byte>(reinterpret_cast<const caf::byte*>(data), bytes));
    }
  };
  if constexpr (Inspector::is_loading) {
    auto refuse = [&f] {
      f.emplace_error(caf::sec::end_of_stream);
      return false;
    };
    // Before memory is taken for it: are that many bytes there at all?
    auto there = [&f](uint64_t bytes) {
      if constexpr (requires { f.remaining(); }) return bytes <= f.remaining();
      return true;
    };
    uint64_t words = 0, rows = 0;
    if (!f.value(x.type) || !f.value(x.incarnation) || !f.value(words) || !f.value(rows)) return false;
    if (words == 0 || words > Envelope::max_words || rows > Envelope::max_rows || !there(words * 8)) return refuse();
    auto array = kj::heapArray<capnp::word>(words);
    if (!raw(array.begin(), words * 8)) return false;
    x.words = std::make_shared<const kj::Array<capnp::word>>(kj::mv(array));
    x.rows.clear();
    for (uint64_t i = 0; i < rows; ++i) {
      uint64_t size = 0;
      if (!f.value(size)) return false;
      if (size > Envelope::max_row || !there(size * sizeof(float))) return refuse();
      Row row(std::shared_ptr<float[]>(new float[size]), 0, size);
      if (size && !raw(row.mutable_view().data(), size * sizeof(float))) return false;
      x.rows.push_back(std::move(row));
    }
    return true;
  } else {
    uint64_t words = x.words ? x.words->size() : 0, rows = x.rows.size();
    if (!f.value(x.type) || !f.value(x.incarnation) || !f.value(words) || !f.value(rows)) return false;
    if (words && !raw(x.words->begin(), words * 8)) return false;
    for (const Row& row : x.rows) {
      uint64_t size = row.size();
      if (!f.value(size) || (size && !raw(row.view().data(), size * sizeof(float)))) return false;
    }
    return true;
  }
}

}  // namespace zenops

CAF_BEGIN_TYPE_ID_BLOCK(zenops, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(zenops, (zenops::Envelope))
CAF_END_TYPE_ID_BLOCK(zenops)

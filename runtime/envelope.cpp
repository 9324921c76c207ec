#include "runtime/envelope.hpp"

#include <bit>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/byte_buffer.hpp>
#include <cstring>

#include "runtime/inspect.hpp"

namespace zenops {

Words Envelope::flat(capnp::MessageBuilder& message) {
  const auto segments = message.getSegmentsForOutput();
  if (segments.size() != 1) return Words(capnp::messageToFlatArray(segments));
  Words words(1 + segments[0].size());
  const uint32_t table[2] = {
      0, static_cast<uint32_t>(segments[0].size())};  // how many more segments follow, and the size of this
  static_assert(std::endian::native == std::endian::little && sizeof table == sizeof(capnp::word));
  std::memcpy(words.data(), table, sizeof table);
  std::copy(segments[0].begin(), segments[0].end(), words.data() + 1);
  return words;
}

std::vector<std::byte> to_bytes(const Envelope& envelope) {
  caf::byte_buffer buffer;
  caf::binary_serializer sink(nullptr, buffer);
  const bool written = inspect(sink, const_cast<Envelope&>(envelope));  // CAF's inspectors take T& also to read it
  if (!written) throw std::bad_alloc();                                 // a buffer in memory refuses nothing else
  const auto* first = reinterpret_cast<const std::byte*>(buffer.data());
  return {first, first + buffer.size()};
}

Expected<Envelope> from_bytes(std::span<const std::byte> bytes) {
  caf::binary_deserializer source(nullptr, reinterpret_cast<const caf::byte*>(bytes.data()), bytes.size());
  Envelope envelope;
  if (!inspect(source, envelope)) return fail(Ec::malformed, "the bytes are not an envelope");
  if (source.remaining() != 0) return fail(Ec::malformed, "bytes are left over after the envelope");
  return envelope;
}

}  // namespace zenops

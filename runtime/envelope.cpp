#include "runtime/envelope.hpp"

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/byte_buffer.hpp>

namespace zenops {

std::vector<std::byte> to_bytes(const Envelope& envelope) {
  caf::byte_buffer buffer;
  caf::binary_serializer sink(nullptr, buffer);
  const bool written = inspect(sink, const_cast<Envelope&>(envelope));  // CAF's inspectors take T& also to read it
  if (!written) throw std::bad_alloc();                                  // a buffer in memory refuses nothing else
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

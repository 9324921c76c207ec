#include "actors/wire/door.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "actors/compression.hpp"
#include "actors/wire/encode.hpp"
#include "aggregation/plan.hpp"

namespace zenops::door {
namespace {

/// The float32 vector that `ref` names.
Expected<Row> vector(wire::TensorRef::Reader ref, std::span<const Row> rows) {
  if (ref.getDtype() != wire::DType::FLOAT32) return fail(Ec::wrong_shape, "the tensor is not float32");
  const auto shape = ref.getShape();
  if (shape.size() != 1) return fail(Ec::wrong_shape, "the tensor is not a vector");
  if (ref.getRow() >= rows.size()) return fail(Ec::malformed, "the tensor's row is not there");
  const Row& row = rows[ref.getRow()];
  if (row.size() != shape[0]) return fail(Ec::wrong_shape, "the row does not have the length of its shape");
  return row;
}

/// The same, of `size` numbers.
Expected<Row> vector(wire::TensorRef::Reader ref, std::span<const Row> rows, size_t size) {
  auto row = vector(ref, rows);
  if (row && row->size() != size) return fail(Ec::wrong_shape, "the tensor's shape is not (" + std::to_string(size) + ")");
  return row;
}

uint32_t word(const Row& words, size_t k) {
  uint32_t out;
  std::memcpy(&out, words.view().data() + k, sizeof out);
  return out;
}
float number(const Row& words, size_t k) { return std::bit_cast<float>(word(words, k)); }

// What the words of an encoded part (wire::Encoding) stand for: `out`, whose length is the part's.

Expected<void> unpack_top_k(const Row& words, size_t most, std::span<float> out) {
  const size_t k = words.size() / 2;
  if (words.size() % 2 != 0) return fail(Ec::wrong_shape, "the tensor is not as many indices as numbers");
  if (k > most) return fail(Ec::wrong_shape, "there are more numbers in it than the run's share of the block");
  if (!all_finite(words.view().subspan(k))) return fail(Ec::not_finite, "there is NaN or Inf in it");
  std::ranges::fill(out, 0.0f);
  for (size_t j = 0; j < k; ++j) {
    const uint32_t index = word(words, j);
    if (index >= out.size() || (j > 0 && index <= word(words, j - 1)))
      return fail(Ec::malformed, "the indices are out of order or leave the part");
    out[index] = number(words, k + j);
  }
  return {};
}

Expected<void> unpack_sign(const Row& words, std::span<float> out) {
  const size_t n = out.size();
  if (words.size() != 1 + (n + 31) / 32)
    return fail(Ec::wrong_shape, "the tensor is not one number and a bit for each of the part's");
  const float size = number(words, 0);
  if (!all_finite({&size, 1})) return fail(Ec::not_finite, "the size of the signs is NaN or Inf");
  if (std::signbit(size)) return fail(Ec::malformed, "the size of the signs is negative");
  if (n % 32 != 0 && word(words, n / 32 + 1) >> n % 32 != 0) return fail(Ec::malformed, "there are bits after the last sign");
  for (size_t i = 0; i < n; ++i) out[i] = word(words, 1 + i / 32) >> i % 32 & 1u ? -size : size;
  return {};
}

Expected<void> unpack_bf16(const Row& words, std::span<float> out) {
  const size_t n = out.size();
  if (words.size() != (n + 1) / 2) return fail(Ec::wrong_shape, "the tensor is not half as long as the part");
  if (n % 2 != 0 && word(words, n / 2) >> 16 != 0) return fail(Ec::malformed, "there is something after the last number");
  for (size_t i = 0; i < n; ++i) out[i] = from_bf16(static_cast<uint16_t>(word(words, i / 2) >> 16 * (i % 2)));
  if (!all_finite(out)) return fail(Ec::not_finite, "there is NaN or Inf in it");
  return {};
}

Expected<void> unpack(const CompressionOptions& compression, const Row& words, size_t block, std::span<float> out) {
  switch (compression.kind) {
    case CompressionOptions::Kind::top_k:
      return unpack_top_k(words, kept_by_top_k(compression, block), out);
    case CompressionOptions::Kind::sign:
      return unpack_sign(words, out);
    case CompressionOptions::Kind::bf16:
      return unpack_bf16(words, out);
    case CompressionOptions::Kind::none:
      break;
  }
  return fail(Ec::malformed, "nothing is compressed in this run");
}

/// The `size` numbers of an encoded part of a block of `block` numbers.
Expected<Row> unpacked(wire::Part::Reader part, std::span<const Row> rows, size_t size, size_t block, const Unpacking& unpacking) {
  const auto words = vector(part.getTensor(), rows);
  if (!words) return words;
  Row out = unpacking.rows->make(size);
  const auto done = unpack(unpacking.compression, *words, block, out.mutable_view());
  if (!done) return tl::unexpected(done.error());
  return out;
}

/// The same of a part that is not encoded.
Expected<Row> numbers(wire::Part::Reader part, std::span<const Row> rows, size_t size) {
  auto row = vector(part.getTensor(), rows, size);
  if (row && !all_finite(row->view())) return fail(Ec::not_finite, "there is NaN or Inf in it");
  return row;
}

}  // namespace

Expected<ShardRow> admit(const Msg<wire::Push>& push, uint32_t round, const Layout& layout, const ShardRange& range,
                         Sender sender, const Unpacking& unpacking) {
  if (push->getRound() != round) return fail(Ec::stale, "it is of another round");
  const auto& segments = layout.segments();
  // A part begins and ends where a block does, or where the shard does.
  auto boundary = [&](uint32_t s) { return s == range.first || s == range.last || segments[s - 1].block != segments[s].block; };

  ShardRow out;
  out.segments.resize(range.last - range.first);
  out.blocks.resize(layout.blocks().size());
  uint32_t next = range.first;
  for (auto part : push->getParts()) {
    const uint32_t first = part.getFirstSegment();
    if (first < next || first >= range.last || part.getSegments() == 0 || part.getSegments() > range.last - first)
      return fail(Ec::malformed, "the parts are out of order or leave the shard");
    next = first + part.getSegments();
    if (!boundary(first) || !boundary(next)) return fail(Ec::malformed, "a part cuts a block");
    const size_t size = segments[next - 1].offset + segments[next - 1].size - segments[first].offset;
    const bool dense = part.getEncoding() == wire::Encoding::DENSE;
    if (!dense && segments[first].block != segments[next - 1].block)
      return fail(Ec::malformed, "an encoded part holds more than one block");
    for (uint32_t s = first; s < next; ++s) {
      const Block& block = layout.blocks()[segments[s].block];
      if (sender == Sender::worker && block.exchange != Exchange::judged)
        return fail(Ec::malformed, "a part holds a block that workers do not send");
      const bool encoded = sender == Sender::worker && compressed(unpacking.compression, block);
      if (part.getEncoding() != (encoded ? encoding_of(unpacking.compression.kind) : wire::Encoding::DENSE))
        return fail(Ec::malformed, "a block is not encoded as this run's configuration says");
    }
    auto row = dense ? numbers(part, push.rows(), size)
                     : unpacked(part, push.rows(), size, layout.blocks()[segments[first].block].size, unpacking);
    if (!row) return tl::unexpected(row.error());
    for (uint32_t s = first; s < next; ++s) {
      out.segments[s - range.first] = row->view().data() + (segments[s].offset - segments[first].offset);
      out.blocks[segments[s].block] = true;
    }
    out.rows.push_back(std::move(*row));
  }
  return out;
}

Expected<Row> admit(const Msg<wire::Parameters>& parameters, const ShardRange& range) {
  return vector(parameters->getTensor(), parameters.rows(), range.size);
}

Expected<Row> admit(const Msg<wire::Lie>& lie, const Layout& layout) {
  return vector(lie->getTensor(), lie.rows(), layout.dimension());
}

}  // namespace zenops::door

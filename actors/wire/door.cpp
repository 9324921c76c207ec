#include "actors/wire/door.hpp"

#include "aggregation/plan.hpp"

namespace zenops::door {
namespace {

/// The float32 vector of `size` numbers that `ref` names.
Expected<Row> vector(wire::TensorRef::Reader ref, std::span<const Row> rows, size_t size) {
  if (ref.getDtype() != wire::DType::FLOAT32) return fail(Ec::wrong_shape, "the tensor is not float32");
  const auto shape = ref.getShape();
  if (shape.size() != 1 || shape[0] != size)
    return fail(Ec::wrong_shape, "the tensor's shape is not (" + std::to_string(size) + ")");
  if (ref.getRow() >= rows.size()) return fail(Ec::malformed, "the tensor's row is not there");
  const Row& row = rows[ref.getRow()];
  if (row.size() != size) return fail(Ec::wrong_shape, "the row does not have the length of its shape");
  return row;
}

}  // namespace

Expected<ShardRow> admit(const Msg<wire::Push>& push, uint32_t round, const Layout& layout, const ShardRange& range,
                         Sender sender) {
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
    auto row = vector(part.getTensor(), push.rows(), size);
    if (!row) return tl::unexpected(row.error());
    if (!all_finite(row->view())) return fail(Ec::not_finite, "there is NaN or Inf in it");
    for (uint32_t s = first; s < next; ++s) {
      if (sender == Sender::worker && layout.blocks()[segments[s].block].exchange != Exchange::judged)
        return fail(Ec::malformed, "a part holds a block that workers do not send");
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

}  // namespace zenops::door

#include "actors/snapshot.hpp"

#include <algorithm>

namespace zenops {
namespace {

size_t length(const std::vector<Row>& parts) {
  size_t sum = 0;
  for (const Row& part : parts) sum += part.size();
  return sum;
}

/// `size` floats from `offset` on; shared where they lie in one part.
Row piece(const std::vector<Row>& parts, size_t offset, size_t size) {
  Row out;
  size_t begin = 0, done = 0;
  for (const Row& part : parts) {
    const size_t from = std::max(begin, offset), to = std::min(begin + part.size(), offset + size);
    if (from < to && to - from == size) return part.slice(from - begin, size);
    if (from < to) {
      if (out.empty()) out = Row(std::shared_ptr<float[]>(new float[size]), 0, size);
      std::ranges::copy(part.slice(from - begin, to - from).view(),
                        out.mutable_view().begin() + static_cast<ptrdiff_t>(done));
      done += to - from;
    }
    begin += part.size();
  }
  return out;
}

}  // namespace

ActorState state_of_shard(const Snapshot& snapshot, const ShardRange& range) {
  ActorState out;
  for (const auto& [name, parts] : snapshot.model)
    if (range.size > 0) out.tensors[name] = piece(parts, range.offset, range.size);
  return out;
}

std::optional<std::string> objection(const Snapshot& snapshot, size_t dimension) {
  const auto wrong = [dimension](const std::string& what, size_t size) {
    return "it is of another model: " + what + " has " + std::to_string(size) + " numbers, the model has " +
           std::to_string(dimension) + " parameters";
  };
  if (!snapshot.model.contains("parameters")) return "it has no parameters";
  for (const auto& [name, parts] : snapshot.model)
    if (length(parts) != dimension) return wrong(name, length(parts));
  for (const auto& [who, state] : snapshot.trainees)
    for (const auto& [name, row] : state.tensors)
      if (who != "adversary" && row.size() != dimension) return wrong(who + "/" + name, row.size());
  return {};
}

}  // namespace zenops

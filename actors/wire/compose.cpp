#include "actors/wire/compose.hpp"

#include <charconv>

#include "actors/compression.hpp"
#include "actors/wire/encode.hpp"

namespace zenops {

std::string nth(std::string_view kind, uint32_t k) { return std::string(kind) + '/' + std::to_string(k); }

uint32_t index_of(std::string_view name) {
  uint32_t k = 0;
  const size_t slash = name.find('/');
  std::from_chars(name.data() + slash + 1, name.data() + name.size(), k);
  return k;
}

Envelope push_to(const ShardRange& range, uint32_t round, const Layout& layout, const Row& update,
                 const std::vector<bool>& sent, const CompressionOptions& compression) {
  const auto& segments = layout.segments();
  struct Run {
    uint32_t first, last;
    bool encoded;
  };
  std::vector<Run> runs;
  for (uint32_t s = range.first; s < range.last; ++s) {
    if (!sent[segments[s].block]) continue;
    const bool encoded = compressed(compression, layout.blocks()[segments[s].block]);
    const bool goes_on = !runs.empty() && runs.back().last == s &&
                         (segments[s - 1].block == segments[s].block || (!encoded && !runs.back().encoded));
    if (!goes_on) runs.push_back({s, s, encoded});
    runs.back().last = s + 1;
  }
  std::vector<Row> rows;
  for (const auto [first, last, encoded] : runs) {
    const size_t begin = segments[first].offset, end = segments[last - 1].offset + segments[last - 1].size;
    const Row numbers = update.slice(begin, end - begin);
    rows.push_back(encoded ? encode(compression.kind, numbers.view()) : numbers);
  }
  return Envelope::of<wire::Push>(
      [&](wire::Push::Builder push) {
        push.setRound(round);
        auto parts = push.initParts(static_cast<uint32_t>(runs.size()));
        for (uint32_t k = 0; k < runs.size(); ++k) {
          parts[k].setFirstSegment(runs[k].first);
          parts[k].setSegments(runs[k].last - runs[k].first);
          auto tensor = parts[k].initTensor();
          tensor.initShape(1).set(0, rows[k].size());
          tensor.setRow(static_cast<uint16_t>(k));
          if (runs[k].encoded) parts[k].setEncoding(encoding_of(compression.kind));
        }
      },
      rows);
}

Envelope recalled(uint32_t ticket, const Row& part) {
  return Envelope::of<wire::Recalled>(
      [&](wire::Recalled::Builder out) {
        out.setTicket(ticket);
        out.setHere(!part.empty());
        out.initTensor().initShape(1).set(0, part.size());
      },
      part.empty() ? std::vector<Row>{} : std::vector{part});
}

AttackOptions attack_of(wire::SetAttack::Reader change) {
  AttackOptions attack{.name = change.getName().cStr(), .parameters = {}, .rate = change.getRate(), .workers = {}};
  for (auto value : change.getParameters()) attack.parameters[value.getName().cStr()] = value.getValue();
  return attack;
}

void write(uint32_t worker, const AttackOptions& attack, wire::SetAttack::Builder out) {
  out.setWorker(worker);
  out.setName(attack.name);
  out.setRate(attack.rate);
  auto values = out.initParameters(static_cast<uint32_t>(attack.parameters.size()));
  uint32_t k = 0;
  for (const auto& [name, value] : attack.parameters) {
    values[k].setName(name);
    values[k++].setValue(value);
  }
}

}  // namespace zenops

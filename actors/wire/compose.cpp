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

namespace {

Parameters parameters_of(capnp::List<wire::Value>::Reader values) {
  Parameters out;
  for (auto value : values) out[value.getName().cStr()] = value.getValue();
  return out;
}

void write(const Parameters& parameters, capnp::List<wire::Value>::Builder out) {
  uint32_t k = 0;
  for (const auto& [name, value] : parameters) {
    out[k].setName(name);
    out[k++].setValue(value);
  }
}

}  // namespace

AttackOptions attack_of(wire::SetAttack::Reader change) {
  return {.name = change.getName().cStr(), .parameters = parameters_of(change.getParameters()), .rate = change.getRate(), .workers = {},
          .times = {.start = change.getStart(), .stop = change.getStop(), .ramp = change.getRamp(), .on = change.getOn(), .off = change.getOff()}};
}

void write(uint32_t worker, const AttackOptions& attack, wire::SetAttack::Builder out) {
  out.setWorker(worker);
  out.setName(attack.name);
  out.setRate(attack.rate);
  out.setStart(attack.times.start);
  out.setStop(attack.times.stop);
  out.setRamp(attack.times.ramp);
  out.setOn(attack.times.on);
  out.setOff(attack.times.off);
  write(attack.parameters, out.initParameters(static_cast<uint32_t>(attack.parameters.size())));
}

RuleChoice rule_of(wire::SetRule::Reader change) {
  RuleChoice out{{change.getName().cStr(), parameters_of(change.getParameters())}};
  for (auto stage : change.getPre()) out.pre.push_back({stage.getName().cStr(), parameters_of(stage.getParameters())});
  return out;
}

void write(const RuleChoice& choice, wire::SetRule::Builder out) {
  out.setName(choice.rule.name);
  write(choice.rule.parameters, out.initParameters(static_cast<uint32_t>(choice.rule.parameters.size())));
  auto stages = out.initPre(static_cast<uint32_t>(choice.pre.size()));
  uint32_t k = 0;
  for (const Choice& pre : choice.pre) {
    stages[k].setName(pre.name);
    write(pre.parameters, stages[k++].initParameters(static_cast<uint32_t>(pre.parameters.size())));
  }
}

}  // namespace zenops

#include "tests/simulation/books.hpp"

#include <cmath>

#include "actors/actor_state.hpp"
#include "actors/wire/compose.hpp"

namespace zenops::simulation {
namespace {

constexpr double epsilon = 2e-3;  // sums of float; one row more or less is a hundred times as much

bool close(double a, double b) { return std::abs(a - b) < epsilon; }
bool is(std::span<const float> x, const std::vector<double>& y) {
  for (size_t i = 0; i < x.size(); ++i)
    if (!close(x[i], y[i])) return false;
  return true;
}

}  // namespace

Books::Books(const Scenario& scenario, Story& story, const Layout& layout) : scenario_(scenario), story_(story) {
  for (uint32_t s = 0; s < scenario.shards; ++s) ranges_.push_back(layout.shard(s, scenario.shards));
  dimension_ = layout.dimension();
  versions_[0] = {0, Parameters(dimension_, 0.0)};
  rounds_[0] = Parameters(dimension_, 0.0);
}

std::vector<float> Books::row(uint32_t worker, uint32_t incarnation, uint32_t step, uint32_t memory) const {
  std::vector<float> out(dimension_);
  for (uint32_t i = 0; i < dimension_; ++i)
    out[i] = static_cast<float>(1 + (7 * worker + 13 * step + 3 * i + worker * step) % 17);
  for (float& x : out) x += 0.25f * static_cast<float>(scenario_.exact ? memory : incarnation);
  return out;
}

void Books::made(uint32_t worker, uint32_t incarnation, uint32_t step, std::vector<float> row) {
  rows_[{worker, incarnation, step}] = std::move(row);
}

void Books::trains(const std::string& who, uint32_t number, uint32_t step, std::span<const Row> parts) {
  const auto opened = opened_.find(number);
  if (opened == opened_.end() || opened->second.step != step)
    return story_.violate(who + " trains in round " + std::to_string(step) + " under the number " +
                          std::to_string(number) + ", which was not opened");
  size_t at = 0;
  for (const Row& part : parts)
    for (const float x : part.view())
      if (!close(x, versions_.at(opened->second.version).parameters[at++]))
        return story_.violate(who + " trains on parameters that no version " + std::to_string(opened->second.version) +
                              " has");
}

void Books::heard(const Address& from, const std::string& to, const Envelope& envelope) {
  if (from.name == "scheduler") {
    if (envelope.type == capnp::typeId<wire::Open>()) open(*Msg<wire::Open>(envelope));
    if (envelope.type == capnp::typeId<wire::Apply>()) apply(*Msg<wire::Apply>(envelope));
    if (envelope.type == capnp::typeId<wire::Restore>() && to.starts_with("shard/"))
      restore(index_of(to), Msg<wire::Restore>(envelope));
  } else if (from.name.starts_with("shard/")) {
    if (envelope.type == capnp::typeId<wire::Parameters>()) parameters(from, Msg<wire::Parameters>(envelope));
    if (envelope.type == capnp::typeId<wire::Committed>()) committed(from, *Msg<wire::Committed>(envelope));
  }
}

void Books::told(const RoundReport& report) {
  if (report.round != ++told_)
    story_.violate("round " + std::to_string(report.round) + " is told, where round " + std::to_string(told_) +
                   " comes next");
  std::string states;
  for (const WorkerReport& w : report.workers) states += " " + w.state;
  story_.log("round " + std::to_string(report.round) + " is told:" + states);
  for (const auto& note : report.notes) {
    story_.log("noted: " + note);
    this->note(note);
  }
}

void Books::ended(const Expected<TrainingResult>& result) {
  if (std::exchange(ended_, true)) return story_.violate("the scheduler ends the run a second time");
  if (std::exchange(over_, true)) return;
  if (!result) {
    outcome.failed = result.error().what;
    return;
  }
  outcome.weights = result->weights;
  for (const auto& note : result->notes) this->note(note);
  if (told_ != scenario_.rounds || result->rounds != scenario_.rounds)
    story_.violate("the run ends after " + std::to_string(result->rounds) + " rounds of " +
                   std::to_string(scenario_.rounds) + ", and " + std::to_string(told_) + " were told");
  if (result->weights.size() != dimension_) return story_.violate("it ends with parameters of another size");
  if (!is(result->weights, rounds_[scenario_.rounds]))
    story_.violate("the last parameters are not what the rows make of the first");
}

void Books::give_up(const std::string& why) {
  if (!over_) outcome.failed = why;
  over_ = true;
}

void Books::note(const std::string& note) {
  if (note.find("the bits are not those") != std::string::npos) outcome.inexact = true;
  if (note.find("everybody is back at round") != std::string::npos) ++outcome.restored;
  if (note.find("has its part of what round") != std::string::npos) ++outcome.recalled;
}

void Books::open(wire::Open::Reader open) {
  Opened now{open.getStep(), open.getVersion(), {}};
  for (auto m : open.getMembers()) now.members[m.getWorker()] = m.getIncarnation();
  const auto from = versions_.find(now.version);
  const std::string what =
      "round " + std::to_string(now.step) + " is opened under the number " + std::to_string(open.getRound());
  if (from == versions_.end())
    return story_.violate(what + " from version " + std::to_string(now.version) + ", which there never was");
  // Of a round that changed nothing and the one before it, which it was restored to cannot be told.
  if (const auto before = rounds_.find(now.step - 1);
      before != rounds_.end() && before->second == from->second.parameters)
    from->second.round = now.step - 1;
  if (from->second.round + 1 != now.step)
    return story_.violate(what + " from the parameters of round " + std::to_string(from->second.round));
  const auto [i, fresh] = opened_.try_emplace(open.getRound(), now);
  if (!fresh && (i->second.step != now.step || i->second.version != now.version || i->second.members != now.members))
    story_.violate(what + " a second time, and not as before");
  if (!fresh && i->second.applied) story_.violate(what + " after it was decided");
}

void Books::apply(wire::Apply::Reader apply) {
  const uint32_t number = apply.getRound();
  Opened& opened = opened_.at(number);
  Parameters next = versions_.at(opened.version).parameters;
  for (auto plan : apply.getPlans()) {
    std::map<uint32_t, wire::RowState::Reader> states;
    for (auto row : plan.getRows()) states[row.getWorker()] = row;
    const double share = 1.0 / scenario_.validators / plan.getWorkers().size();
    for (const uint32_t worker : plan.getWorkers()) {
      const std::string who = nth("worker", worker);
      if (!states.contains(worker) || states[worker].getState() != wire::State::TAKEN)
        return story_.violate(who + " enters round " + std::to_string(opened.step) + " without a row");
      const uint32_t incarnation = states[worker].getIncarnation();
      if (const auto m = opened.members.find(worker); m == opened.members.end() || m->second != incarnation)
        return story_.violate(to_string(Address{who, incarnation}) + " enters round " + std::to_string(opened.step) +
                              ", of which it is no member");
      const auto row = rows_.find({worker, incarnation, opened.step});
      if (row == rows_.end())
        return story_.violate(to_string(Address{who, incarnation}) + " enters round " + std::to_string(opened.step) +
                              ", and made no row");
      for (size_t i = 0; i < next.size(); ++i) next[i] += share * static_cast<double>(row->second[i]);
    }
  }
  if (opened.applied) {  // it is told to each shard
    for (size_t i = 0; i < next.size(); ++i)
      if (!close(next[i], versions_.at(number).parameters[i]))
        return story_.violate("two shards are told two decisions about one round");
    return;
  }
  opened.applied = true;
  rounds_[opened.step] = next;
  versions_[number] = {opened.step, std::move(next)};
}

void Books::restore(uint32_t shard, const Msg<wire::Restore>& restore) {
  const auto state = read_state(restore->getState(), restore.rows());
  const Row part = state ? state->tensor("parameters") : Row{};
  const ShardRange& range = ranges_[shard];
  if (part.size() != range.size) return story_.violate("a shard is restored to something of another size");
  const uint32_t version = restore->getVersion();
  if (!versions_.contains(version)) {
    // Of which round these are, the arithmetic says; of a part without numbers nothing does.
    if (range.size == 0) return;
    for (const auto& [round, parameters] : rounds_) {
      const Parameters there(parameters.begin() + static_cast<ptrdiff_t>(range.offset),
                             parameters.begin() + static_cast<ptrdiff_t>(range.offset + range.size));
      if (is(part.view(), there)) {
        versions_[version] = {round, parameters};
        return;
      }
    }
    return story_.violate("everybody is restored to parameters that no round had made");
  }
  const Parameters& all = versions_.at(version).parameters;
  for (size_t i = 0; i < part.size(); ++i)
    if (!close(part.view()[i], all[range.offset + i]))
      return story_.violate(nth("shard", shard) + " is restored to a version " + std::to_string(version) +
                            " that is another one");
}

void Books::parameters(const Address& from, const Msg<wire::Parameters>& told) {
  const auto version = versions_.find(told->getVersion());
  const ShardRange& range = ranges_[index_of(from.name)];
  if (version == versions_.end()) return story_.violate(to_string(from) + " tells a version that there never was");
  const auto part = told.rows()[0].view();
  for (size_t i = 0; i < part.size(); ++i)
    if (!close(part[i], version->second.parameters[range.offset + i]))
      return story_.violate(to_string(from) + " tells other parameters than version " + std::to_string(version->first) +
                            " has");
}

void Books::committed(const Address& from, wire::Committed::Reader committed) {
  const auto [i, fresh] = hashes_.try_emplace({committed.getRound(), index_of(from.name)}, committed.getHash());
  if (!fresh && i->second != committed.getHash())
    story_.violate(to_string(from) + " made another version " + std::to_string(committed.getRound()));
}

}  // namespace zenops::simulation

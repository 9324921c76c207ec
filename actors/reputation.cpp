#include "actors/reputation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace zenops {
namespace {

constexpr double deviations = 4;

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0f %%", 100 * share);
  return text;
}

std::string times(uint32_t n, const std::string& noun) { return std::to_string(n) + " " + noun + (n == 1 ? "" : "s"); }

}  // namespace

bool proves_a_lie(const std::string& state) {
  static const std::array proofs{to_string(Ec::not_finite), to_string(Ec::wrong_shape), to_string(Ec::duplicate),
                                 to_string(Ec::malformed)};
  return std::ranges::find(proofs, state) != proofs.end();
}

std::string_view to_string(Standing standing) {
  switch (standing) {
    case Standing::trusted:
      return "trusted";
    case Standing::warned:
      return "warned";
    case Standing::quarantined:
      return "quarantined";
    case Standing::evicted:
      return "evicted";
  }
  return "unknown";
}

void Reputation::note(const WorkerReport& worker, Record& record, bool diverged) const {
  if (worker.state == "inactive") return;
  if (worker.state == "lost") {
    ++record.crashes;
    return;
  }
  const bool answered = worker.state == "answered", proof = proves_a_lie(worker.state);
  record.absent.push_back(!answered && !proof);
  if (record.absent.size() > options_.window) record.absent.pop_front();
  if ((!answered && !proof) || (proof && diverged)) return;
  Answer answer{.messages = 0, .refused = 0, .proof = proof};
  if (worker.quarantined) {
    answer.refused = worker.would_refuse;
    answer.messages = worker.would_refuse + worker.would_accept;
  } else {
    for (const auto& [reason, count] : worker.refused)
      if (reason != "not judged" && reason != "quarantined") answer.refused += count;
    answer.messages = answer.refused + worker.accepted;
  }
  if (answer.messages == 0 && !proof) return;  // nobody knows what it was worth
  record.answers.push_back(answer);
  if (record.answers.size() > options_.window) record.answers.pop_front();
  if (record.standing == Standing::quarantined) ++record.in_quarantine;
}

Reputation::Numbers Reputation::numbers(const Record& record, double usual, size_t last) const {
  Numbers out{.usual = usual, .crashes = record.crashes};
  const size_t skipped = record.answers.size() - std::min(record.answers.size(), last);
  for (size_t k = skipped; k < record.answers.size(); ++k) {
    const Answer& answer = record.answers[k];
    ++out.answers;
    out.messages += answer.messages;
    out.refused += answer.refused;
    out.proofs += answer.proof;
  }
  out.absent = static_cast<uint32_t>(std::ranges::count(record.absent, true));
  if (out.messages > 0) out.share = static_cast<double>(out.refused) / static_cast<double>(out.messages);
  // The messages of one row share their fate: what counts is how many rows there were.
  const double p = std::max(usual, 0.05);
  const double chance = deviations * std::sqrt(p * (1 - p) / std::max(1u, out.answers));
  if (usual < 1 && out.share - usual > chance) out.excess = (out.share - usual) / (1 - usual);
  return out;
}

double Reputation::usual_share() const {
  std::vector<double> shares;
  for (const auto& [worker, record] : records_)
    if (record.standing != Standing::evicted && record.answers.size() >= options_.least)
      shares.push_back(numbers(record, 0, options_.window).share);
  if (shares.empty()) return 0;
  std::ranges::sort(shares);
  return shares[(shares.size() - 1) / 2];
}

std::pair<Standing, std::string> Reputation::next(const Record& record, double usual) const {
  const Numbers n = numbers(record, usual, options_.window);
  const auto said = [&](double threshold) {
    return percent(n.share) + " of what it sent in its last " + times(n.answers, "answer") + " was refused, " +
           percent(usual) + " is usual: an excess of " + percent(n.excess) + ", " + percent(threshold) + " is allowed";
  };
  // Proofs first: they need no statistics.
  if (n.proofs >= options_.proofs || (n.proofs > 0 && options_.proofs > 1)) {
    const Standing by_proof = n.proofs >= options_.proofs       ? Standing::evicted
                              : n.proofs + 1 == options_.proofs ? Standing::quarantined
                                                                : Standing::warned;
    if (by_proof > record.standing)
      return {by_proof, times(n.proofs, "row") + " of its last " + times(n.answers, "answer") + " proved a lie, " +
                            std::to_string(options_.proofs) + " evict it"};
  }
  if (n.answers >= options_.least) {
    const std::pair<Standing, double> steps[] = {{Standing::warned, options_.warn},
                                                 {Standing::quarantined, options_.quarantine},
                                                 {Standing::evicted, options_.evict}};
    for (const auto& [to, threshold] : steps)
      if (to > record.standing && n.excess >= threshold) return {to, said(threshold)};
  }
  const auto rounds = static_cast<uint32_t>(record.absent.size());
  const bool silent = rounds >= options_.least && n.absent >= options_.absent * rounds;
  if (silent && record.standing == Standing::trusted)
    return {Standing::warned,
            "nothing came of it in " + std::to_string(n.absent) + " of its last " + times(rounds, "round")};
  if (record.standing == Standing::warned && !silent && n.proofs == 0 && n.excess < options_.warn / 2)
    return {Standing::trusted, "what it sends is refused no more than what others send"};
  if (record.standing == Standing::quarantined && record.in_quarantine >= options_.readmit) {
    const Numbers lately = numbers(record, usual, options_.readmit);
    if (lately.proofs == 0 && lately.excess < options_.warn / 2)
      return {Standing::trusted, "its last " + times(options_.readmit, "row") + " would have been accepted"};
  }
  return {record.standing, {}};
}

std::vector<Reputation::Change> Reputation::after(const RoundReport& report) {
  if (report.round <= round_) return {};
  round_ = report.round;
  size_t answered = 0, proofs = 0;
  for (const WorkerReport& worker : report.workers) {
    proofs += proves_a_lie(worker.state);
    answered += worker.state == "answered" || proves_a_lie(worker.state);
  }
  const bool diverged = 2 * proofs > answered;
  for (const WorkerReport& worker : report.workers) {
    Record& record = records_[worker.worker];
    if (worker.incarnation < record.incarnation) continue;  // a late word about somebody who is gone
    if (worker.incarnation > record.incarnation) {
      if (record.standing == Standing::evicted) record = {};
      record.incarnation = worker.incarnation;
    }
    if (record.standing == Standing::evicted) continue;
    note(worker, record, diverged);
  }
  std::vector<Change> changes;
  const double usual = usual_share();
  for (const WorkerReport& worker : report.workers) {
    Record& record = records_[worker.worker];
    if (record.standing == Standing::evicted || worker.incarnation != record.incarnation) continue;
    auto [to, why] = next(record, usual);
    if (to == record.standing) continue;
    Change change{worker.worker,
                  worker.incarnation,
                  record.standing,
                  to,
                  std::move(why),
                  numbers(record, usual, options_.window)};
    record.standing = to;
    record.in_quarantine = 0;
    if (change.from == Standing::quarantined && to == Standing::trusted) record.answers.clear();
    changes.push_back(std::move(change));
  }
  return changes;
}

void Reputation::evict(uint32_t worker, uint32_t incarnation) {
  Record& record = records_[worker];
  record = {};
  record.incarnation = incarnation;
  record.standing = Standing::evicted;
}

void Reputation::readmit(uint32_t worker) {
  Record& record = records_[worker];
  if (record.standing != Standing::quarantined) return;
  const uint32_t incarnation = record.incarnation;
  record = {};
  record.incarnation = incarnation;
}

Reputation::Memory Reputation::memory(const std::map<uint32_t, uint32_t>& living) const {
  Memory out{round_, records_};
  for (auto& [worker, record] : out.records) {
    const auto life = living.find(worker);
    if (record.standing == Standing::evicted && (life == living.end() || life->second > record.incarnation)) record = {};
    record.incarnation = 1;
  }
  return out;
}

void Reputation::remember(Memory memory) {
  round_ = memory.round;
  records_ = std::move(memory.records);
}

Standing Reputation::standing(uint32_t worker) const {
  const auto i = records_.find(worker);
  return i == records_.end() ? Standing::trusted : i->second.standing;
}

bool Reputation::barred(uint32_t worker, uint32_t incarnation) const {
  const auto i = records_.find(worker);
  return i != records_.end() && i->second.standing == Standing::evicted && incarnation <= i->second.incarnation;
}

std::set<uint32_t> Reputation::quarantined() const {
  std::set<uint32_t> out;
  for (const auto& [worker, record] : records_)
    if (record.standing == Standing::quarantined) out.insert(worker);
  return out;
}

bool Reputation::enters(uint32_t worker, uint32_t incarnation) const {
  return standing(worker) != Standing::quarantined && !barred(worker, incarnation);
}

Evidence evidence(const Reputation::Change& change, uint32_t round, const std::string& rule, std::vector<std::string> rows_sha256) {
  const Reputation::Numbers& n = change.numbers;
  return {.round = round,
          .worker = change.worker,
          .incarnation = change.incarnation,
          .rule = rule,
          .what = std::string(to_string(change.to)) + ": " + change.why,
          .numbers = {{"answers", n.answers},
                      {"messages", static_cast<double>(n.messages)},
                      {"refused", static_cast<double>(n.refused)},
                      {"share", n.share},
                      {"usual", n.usual},
                      {"excess", n.excess},
                      {"proofs", n.proofs},
                      {"absent", n.absent},
                      {"crashes", n.crashes}},
          .rows_sha256 = std::move(rows_sha256)};
}

}  // namespace zenops

// What the operator says to a conductor while the run is under way (actors/wire/operator.capnp).
#include <algorithm>

#include "actors/conductor.hpp"
#include "actors/in_words.hpp"
#include "actors/wire/compose.hpp"
#include "runtime/answers.hpp"

namespace zenops {

// ---- rounds

void Conductor::pause() {
  gate_.pause(context().replier());
  if (phase_ == Phase::paused) return go_on();
  if (phase_ == Phase::coming || phase_ == Phase::evaluating || phase_ == Phase::finishing) answer(gate_.passed(0));
}

void Conductor::step(const Msg<wire::Step>& step) {
  const uint64_t until = step->getUntil() > 0 ? step->getUntil() : uint64_t{told_} + step->getRounds();
  gate_.step(static_cast<uint32_t>(std::min<uint64_t>(until, options_.rounds)), context().replier());
  if (phase_ == Phase::paused) return go_on();
  if (ended_) answer(gate_.all());
}

void Conductor::resume_rounds() {
  gate_.resume();
  if (phase_ == Phase::paused) go_on();
  context().reply(standing());
}

void Conductor::survey(uint32_t since) { context().reply(standing(since)); }

// ---- orders

bool Conductor::take(const OrderCheck::Objection& why, const std::string& words) {
  if (why) {
    refuse(*why);
    return false;
  }
  note_order(words);
  context().reply(Envelope::of<wire::Ordered>([this](wire::Ordered::Builder out) { out.setRound(counts_from()); }));
  return true;
}

void Conductor::note_order(const std::string& words) {
  const uint32_t round = counts_from();
  chronicle_.ordered(round, words);
  order_notes_[round].push_back("operator: " + words);
}

void Conductor::refuse(const std::string& why) {
  context().log("refused to the operator: " + why);
  context().reply(failure({Ec::failed, why}));
}

void Conductor::set_lr(const Msg<wire::SetLr>& order) {
  const float lr = order->getLr();
  auto why = too_late();
  if (!why) why = options_.check->lr(lr);
  if (take(why, "the learning rate is " + in_words(lr))) orders_.say(order.envelope());
}

void Conductor::set_attack(const Msg<wire::SetAttack>& order) {
  const uint32_t worker = order->getWorker();
  AttackOptions attack = attack_of(*order);
  auto why = too_late();
  if (!why) why = options_.check->attack(worker, attack);
  if (!why) attack = options_.check->complete(std::move(attack));
  const bool honest = attack.name == "none";
  if (!take(why, nth("worker", worker) + (honest ? " is honest" : " attacks " + in_words(attack)))) return;
  orders_.say(Envelope::of<wire::SetAttack>([&](wire::SetAttack::Builder out) { zenops::write(worker, attack, out); }));
}

void Conductor::set_rule(const Msg<wire::SetRule>& order) {
  RuleChoice choice = rule_of(*order);
  auto why = too_late();
  if (!why) why = options_.check->rule(choice);
  if (!why) choice = options_.check->complete(std::move(choice));
  if (!take(why, why ? "" : "the rule is " + options_.check->in_words(choice))) return;
  orders_.say(Envelope::of<wire::SetRule>([&](wire::SetRule::Builder out) { zenops::write(choice, out); }));
}

void Conductor::evict_worker(const Msg<wire::EvictWorker>& order) {
  const uint32_t worker = order->getWorker();
  const std::string because = order->getWhy().cStr();
  auto why = too_late();
  if (!why) why = options_.check->eviction(worker);
  if (const auto before = evicted_before_.find(worker); !why && before != evicted_before_.end() && before->second == counts_from())
    why = nth("worker", worker) + " is evicted already, before round " + std::to_string(before->second);
  if (!why) why = against_evicting(worker);
  if (why) return refuse(*why);
  const uint32_t round = counts_from();
  note_order(nth("worker", worker) + " is evicted" + (because.empty() ? "" : ": " + because));
  evictions_.push_back({worker, round, because});
  evicted_before_[worker] = round;
  const bool done = phase_ == Phase::paused && evict_while_paused();
  context().reply(Envelope::of<wire::Ordered>([&](wire::Ordered::Builder out) {
    out.setRound(round);
    out.setDone(done);
  }));
}

void Conductor::readmit_worker(const Msg<wire::ReadmitWorker>& order) {
  const uint32_t worker = order->getWorker();
  auto why = too_late();
  if (!why) why = options_.check->readmission(worker);
  if (!why) why = against_readmitting(worker);
  if (take(why, nth("worker", worker) + " is out of quarantine")) orders_.say(order.envelope());
}

OrderCheck::Objection Conductor::too_late() const {
  if (!options_.check) return "this run takes no orders";
  if (ended_ || phase_ == Phase::evaluating || phase_ == Phase::finishing)
    return "the run has ended: no round comes for which it could count";
  if (stop_) return "the run is to stop: no round comes for which it could count";
  if (counts_from() > options_.rounds) return "the last round has begun: none comes for which it could count";
  return {};
}

void Conductor::save_run() {
  if (options_.check)
    if (const auto why = options_.check->saving()) return refuse(*why);
  if (!snapshots_) return refuse("the run has no folder for snapshots");
  if (ended_ || phase_ == Phase::evaluating || phase_ == Phase::finishing)
    return refuse("the run has ended: it leaves a snapshot of its last round");
  if (closed_ == 0) return refuse("no round is done yet: there is nothing to save");
  saves_.push_back({context().replier(), {}});
  if (phase_ == Phase::paused) go_on();
}

void Conductor::change(Changes& changes, const Envelope& order) const {
  if (order.type == capnp::typeId<wire::SetLr>()) changes.lr = Msg<wire::SetLr>(order)->getLr();
  if (order.type == capnp::typeId<wire::SetAttack>()) {
    const Msg<wire::SetAttack> change(order);
    changes.attacks[change->getWorker()] = attack_of(*change);
  }
  if (order.type == capnp::typeId<wire::SetRule>()) {
    changes.rule = rule_of(*Msg<wire::SetRule>(order));
    // Whoever goes back to what was in force in the beginning has not begun anew.
    if (changes.rule == options_.check->configured()) changes.rule.reset();
  }
}

std::vector<Conductor::Eviction> Conductor::take_evictions(uint32_t round) {
  const auto later = std::stable_partition(evictions_.begin(), evictions_.end(),
                                           [round](const Eviction& e) { return e.round <= round; });
  std::vector<Eviction> out(std::make_move_iterator(evictions_.begin()), std::make_move_iterator(later));
  evictions_.erase(evictions_.begin(), later);
  return out;
}

Evidence Conductor::evict(const Eviction& eviction, uint32_t incarnation, std::vector<std::string> rows_sha256) {
  const std::string why = eviction.why.empty() ? "the operator said so" : eviction.why;
  evict(eviction.worker, incarnation, "by the operator: " + why);
  return {.round = eviction.round,
          .worker = eviction.worker,
          .incarnation = incarnation,
          .rule = "operator",
          .what = "evicted: " + why,
          .numbers = {},
          .rows_sha256 = std::move(rows_sha256)};
}

// ---- what is told of the run

Conductor::Changes Conductor::changes_to_come() const {
  Changes changes = changes_;
  for (const Envelope& order : orders_.waiting()) change(changes, order);
  return changes;
}

std::string Conductor::phase() const {
  const Phase phase = phase_ == Phase::suspended ? suspended_in_ : phase_;
  if (ended_ || phase == Phase::evaluating || phase == Phase::finishing) return "ended";
  if (phase == Phase::coming || (phase == Phase::paused && round_ == 0)) return "ready";
  return phase == Phase::paused ? "paused" : "training";
}

std::string Conductor::summary() const {
  const Changes changes = changes_to_come();
  std::string out = phase() + ": " + std::to_string(told_) + " of " + std::to_string(options_.rounds) + " rounds are done";
  if (!ended_ && round_ > told_) out += ", round " + std::to_string(round_) + " is under way";
  return out + "\nrule: " + rule_in_words(changes) + "\nlr: " + in_words(changes.lr);
}

std::string Conductor::rule_in_words(const Changes& changes) const {
  const auto& check = options_.check;
  return check ? check->in_words(changes.rule ? *changes.rule : check->configured()) : options_.rule;
}

Envelope Conductor::standing(uint32_t since) const {
  return Envelope::of<wire::Standing>([&](wire::Standing::Builder out) {
    const Changes changes = changes_to_come();
    out.setPhase(phase());
    out.setRound(told_);
    out.setRounds(options_.rounds);
    out.setLr(changes.lr * options_.schedule.share(std::min(told_ + 1, options_.rounds)));
    out.setRule(rule_in_words(changes));
    chronicle_.write(since, out);
    for (auto worker : out.getWorkers()) {
      const uint32_t k = worker.getWorker();
      const auto changed = changes.attacks.find(k);
      worker.setAttack(in_words(changed == changes.attacks.end() ? score_.adversary().attack(k, round_of(k)) : changed->second));
      worker.setStanding(standing_of(k));
    }
  });
}

void Conductor::answer(const std::vector<Gate::Reply>& whose) const {
  if (whose.empty()) return;
  const Envelope answer = standing();
  for (const auto& reply : whose) reply(answer);
}

void Conductor::answer_the_gate(bool shut) {
  answer(gate_.passed(0));  // who asked for a pause
  const size_t before = stepped_.size();
  for (auto& reply : shut ? gate_.all() : gate_.passed(closed_)) stepped_.push_back({closed_, std::move(reply)});
  const bool more = stepped_.size() > before;
  answer_the_evaluated();
  if (!more || stepped_.empty()) return;
  context().after(10 * options_.deadline, [this, round = closed_] {
    overdue_ = std::max(overdue_, round);
    answer_the_evaluated();
  });
}

void Conductor::answer_the_evaluated() {
  if (closed_ < told_ || phase_ == Phase::suspended) return;  // what was told is made again first, and then it stands where it stood
  const auto still = std::ranges::stable_partition(
      stepped_, [this](const WaitingForEvaluation& one) { return one.round <= overdue_ || !reports_.awaits(one.round); });
  std::vector<Gate::Reply> whose;
  for (auto one = stepped_.begin(); one != still.begin(); ++one) whose.push_back(std::move(one->reply));
  stepped_.erase(stepped_.begin(), still.begin());
  answer(whose);
}

void Conductor::answer_the_last(const Envelope& with, const std::string& no_snapshot) {
  for (const auto& reply : gate_.all()) reply(with);
  for (const WaitingForEvaluation& one : std::exchange(stepped_, {})) one.reply(with);
  for (const WaitingForSnapshot& one : std::exchange(saves_, {})) one.reply(failure({Ec::failed, no_snapshot}));
}

}  // namespace zenops

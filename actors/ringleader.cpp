#include "actors/ringleader.hpp"

#include <algorithm>

#include "actors/wire/compose.hpp"
#include "actors/wire/door.hpp"

namespace zenops {

Ringleader::Ringleader(Context& context, Options options, std::shared_ptr<const Conspiracy::Ground> ground, Adversary adversary)
    : Actor(context), options_(std::move(options)), ground_(std::move(ground)), configured_(std::move(adversary)) {
  context.watch();
}

Behavior Ringleader::handlers() {
  return Behavior{}
      .on<wire::Open>(From{"scheduler"}, [this](const Msg<wire::Open>& m) { open(m); })
      .on<wire::Push>(From{"worker/"}, [this](const Msg<wire::Push>& m) { hear(context().sender(), m.envelope()); })
      .on<wire::Consult>(From{"worker/"}, [this](const Msg<wire::Consult>& m) { hear(context().sender(), m.envelope()); })
      .on<wire::Save>(From{"scheduler"}, [this](const Msg<wire::Save>& m) { save(m); })
      .on<wire::Restore>(From{"scheduler"}, [this](const Msg<wire::Restore>& m) { restore(m); })
      .on<wire::Down>(the_operator, [this](const Msg<wire::Down>& m) { down(m); })
      .on<wire::Up>(the_operator, [](const Msg<wire::Up>&) {});  // the next Open names who is there
}

std::string Ringleader::summary() const {
  std::string out;
  if (phase_ == Phase::resting) {
    out = step_ == 0 ? "waits for its first round" : "nobody colludes in round " + std::to_string(step_);
  } else {
    const auto& seats = honest_.seats();
    out = std::to_string(liars_.size()) + " collude in round " + std::to_string(step_) +
          (phase_ == Phase::gathering ? ": " + std::to_string(std::ranges::count(seats, Round::State::taken, &Round::Seat::state)) +
                                            " of " + std::to_string(seats.size()) + " honest rows are there"
           : phase_ == Phase::making ? ": what they send is being made"
           : lies_                   ? ": what they send is made"
                                     : ": nobody honest was heard of, and they send nothing");
  }
  for (const auto& [why, count] : refused_) out += "\nrefused (" + why + "): " + std::to_string(count);
  return out;
}

void Ringleader::open(const Msg<wire::Open>& open) {
  if (open->getRound() <= number_) return;
  for (const std::string& who : std::exchange(asking_, {})) answer_too_late(who, number_);
  number_ = open->getRound();
  Adversary adversary = configured_;
  for (auto change : open->getAttacks()) adversary.set(change.getWorker(), attack_of(change));
  std::vector<Member> members;
  for (auto m : open->getMembers()) members.push_back({m.getWorker(), m.getIncarnation(), m.getAwaited()});
  auto sides = Conspiracy::sides(*ground_, open->getStep(), members, adversary);
  liars_ = std::move(sides.liars);
  const bool again = open->getStep() == step_ && lies_ && std::ranges::all_of(liars_, [this](const auto& liar) { return lies_->tells(liar.second); });
  if (!again) gather(open, std::move(sides.honest));
  for (const auto& [round, from, said] : std::exchange(early_, {})) hear(from, said);
}

void Ringleader::gather(const Msg<wire::Open>& open, std::vector<Member> honest) {
  ++attempt_;
  // What was remembered of lies that are made anew is forgotten.
  if (open->getStep() == step_ && phase_ == Phase::ready && lies_) memories_ = std::move(before_);
  step_ = open->getStep();
  rule_ = rule_in(*open).value_or(options_.rule);
  lies_.reset();
  honest_ = liars_.empty() ? Round() : Round(honest, false);
  phase_ = liars_.empty() ? Phase::resting : Phase::gathering;
  // Who fell before we heard of the round will not be announced again.
  for (const Member& m : honest)
    if (!context().lives({nth("worker", m.worker), m.incarnation})) honest_.lose(m.worker, m.incarnation);
  context().after(options_.deadline / 2, [this, attempt = attempt_] {
    if (attempt == attempt_ && phase_ == Phase::gathering) make();
  });
  make_if_full();
}

void Ringleader::hear(const Address& from, const Envelope& said) {
  const bool asks = said.type == capnp::typeId<wire::Consult>();
  const uint32_t round = asks ? Msg<wire::Consult>(said)->getRound() : Msg<wire::Push>(said)->getRound();
  if (round > number_) {
    const auto before = std::ranges::find(early_, from, &Early::from);
    if (before == early_.end()) return early_.push_back({round, from, said});
    if (round <= before->round) return refuse(from, round, {Ec::duplicate, "it has spoken of another round that is not open"});
    *before = {round, from, said};  // that one is over before it was heard of here
    return;
  }
  if (round < number_) {  // it is over, and nothing is wrong
    if (asks) answer_too_late(from.name, round);
    return;
  }
  asks ? consult(from) : push(from, Msg<wire::Push>(said));
}

void Ringleader::push(const Address& from, const Msg<wire::Push>& push) {
  // Nobody wants it; or it came late, or was said again in a round that is opened again. Nothing of that is wrong.
  if (phase_ != Phase::gathering) return;
  const uint32_t worker = index_of(from.name);
  if (auto may = honest_.may_speak(worker, from.incarnation); !may) return refuse(from, number_, may.error());
  auto row = door::admit(push, number_, ground_->layout, ground_->layout.shard(0, 1), Sender::worker,
                         {options_.compression, ground_->rows.get()});
  if (row) {
    honest_.offer(worker, std::move(*row));
  } else {
    honest_.refuse(worker, row.error().code);
    refuse(from, number_, row.error());
  }
  make_if_full();
}

void Ringleader::refuse(const Address& from, uint32_t round, const Error& error) {
  ++refused_[std::string(to_string(error.code))];
  context().tell(from.name, Envelope::of<wire::Refused>([&](wire::Refused::Builder out) {
                   out.setRound(round);
                   out.setCode(static_cast<uint8_t>(error.code));
                   out.setWhat(error.what);
                 }));
}

void Ringleader::down(const Msg<wire::Down>& down) {
  const std::string name = down->getName().cStr();
  if (!name.starts_with("worker/")) return;
  honest_.lose(index_of(name), down->getIncarnation());
  make_if_full();
}

void Ringleader::make_if_full() {
  if (phase_ == Phase::gathering && honest_.full()) make();
}

void Ringleader::make() {
  std::vector<Conspiracy::Honest> rows;
  size_t missing = 0;
  for (const Round::Seat& seat : honest_.seats()) {
    if (seat.state == Round::State::taken) rows.push_back({seat.member.worker, seat.row});
    missing += seat.state == Round::State::absent && seat.member.awaited;
  }
  if (missing > 0) {
    const std::string note = std::to_string(rows.size()) + " of " + std::to_string(rows.size() + missing) + " honest rows came in time";
    context().log("adversary, round " + std::to_string(step_) + ": " + note);
    context().tell("scheduler", Envelope::of<wire::Uninformed>([&](wire::Uninformed::Builder out) {
                     out.setRound(number_);
                     out.setNote(note);
                   }));
  }
  honest_ = {};
  if (rows.empty()) return ready();
  phase_ = Phase::making;
  lies_ = std::make_shared<Conspiracy>(ground_, step_, std::move(rows), liars_, rule_, memories_);
  context().for_each(
      lies_->parts(), [conspiracy = lies_](size_t part, int) { conspiracy->make(part); },
      [this, attempt = attempt_] {
        if (attempt == attempt_) made();
      });
}

void Ringleader::made() {
  before_ = std::exchange(memories_, lies_->end());
  ready();
}

void Ringleader::ready() {
  phase_ = Phase::ready;
  for (const std::string& who : std::exchange(asking_, {})) answer(who);
  if (save_) tell_state(*std::exchange(save_, std::nullopt), false);
}

void Ringleader::consult(const Address& from) {
  if (!liars_.contains(index_of(from.name))) return refuse(from, number_, {Ec::stranger, "it does not collude in that round"});
  if (phase_ == Phase::ready) return answer(from.name);
  asking_.insert(from.name);
}

void Ringleader::answer(const std::string& who) {
  const Row row = lies_ ? lies_->lie(liars_.at(index_of(who))) : Row{};
  context().tell(who, Envelope::of<wire::Lie>(
                          [&](wire::Lie::Builder out) {
                            out.setRound(number_);
                            out.setKnown(!row.empty());
                            out.initTensor().initShape(1).set(0, row.size());
                          },
                          row.empty() ? std::vector<Row>{} : std::vector{row}));
}

void Ringleader::answer_too_late(const std::string& who, uint32_t round) {
  context().tell(who, Envelope::of<wire::Lie>([&](wire::Lie::Builder out) {
                   out.setRound(round);
                   out.setOver(true);
                 }));
}

void Ringleader::save(const Msg<wire::Save>& save) {
  const bool busy = phase_ == Phase::making;
  if (busy && save->getPatient()) {
    save_ = save->getTicket();
    return;
  }
  tell_state(save->getTicket(), busy);
}

void Ringleader::tell_state(uint32_t ticket, bool busy) {
  ActorState state;
  for (const auto& [key, memory] : memories_) {
    Row row(std::shared_ptr<float[]>(new float[memory.size()]), 0, memory.size());
    std::ranges::copy(memory, row.mutable_view().begin());
    state.tensors[key] = row;
  }
  context().tell("scheduler", Envelope::of<wire::Saved>(
                                  [&](wire::Saved::Builder out) {
                                    out.setTicket(ticket);
                                    out.setBusy(busy);
                                    write(state, out.initState());
                                  },
                                  rows_of(state)));
}

void Ringleader::restore(const Msg<wire::Restore>& restore) {
  if (restore->getTicket() <= restored_) return;  // it was told already, and what has been done since stays
  restored_ = restore->getTicket();
  const auto state = read_state(restore->getState(), restore.rows());
  if (!state) throw std::runtime_error("what it was to be restored to cannot be read: " + state.error().what);
  ++attempt_;
  phase_ = Phase::resting;
  number_ = std::max(number_, restore->getVersion());
  step_ = 0;
  save_.reset();
  liars_.clear();
  honest_ = {};
  lies_.reset();
  asking_.clear();
  early_.clear();
  memories_.clear();
  before_.clear();
  for (const auto& [key, row] : state->tensors) memories_[key].assign(row.view().begin(), row.view().end());
  context().tell("scheduler", Envelope::of<wire::Restored>([&](wire::Restored::Builder out) { out.setTicket(restore->getTicket()); }));
}

}  // namespace zenops

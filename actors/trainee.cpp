#include "actors/trainee.hpp"

#include "actors/in_words.hpp"

namespace zenops {

Trainee::Trainee(Context& context, Layout layout, uint32_t shards, CompressionOptions compression)
    : Actor(context), layout_(std::move(layout)), compression_(compression), gathering_(shards) {
  for (uint32_t s = 0; s < shards; ++s) ranges_.push_back(layout_.shard(s, shards));
}

Behavior Trainee::handlers() {
  return Behavior{}
      .on<wire::Save>(From{"scheduler"}, [this](const Msg<wire::Save>& m) { save(m); })
      .on<wire::Restore>(From{"scheduler"},
                         [this](const Msg<wire::Restore>& m) {
                           if (m->getTicket() <= restored_) return;  // it was told already, and what has been done since stays
                           restored_ = m->getTicket();
                           restore_ = m.envelope();
                           waiting_ = {};
                           save_.reset();
                           if (!training_) restore_now();
                         })
      .on<wire::Recall>(From{"scheduler"}, [this](const Msg<wire::Recall>& m) { recall(m); });
}

std::string Trainee::summary() const {
  std::string out = training_              ? "trains in round " + std::to_string(current_.step)
                    : current_.step == 0   ? "waits for its first round"
                    : made_.step == current_.step ? "has ended round " + std::to_string(current_.step)
                                           : "waits for the parameters of round " + std::to_string(current_.step);
  if (waiting_.step > current_.step) out += "; round " + std::to_string(waiting_.step) + " waits";
  if (made_.step > 0)
    out += made_.active ? "\nlast update: of round " + std::to_string(made_.step) + ", " + std::to_string(made_.update.size()) + " numbers" +
                              (made_.loss ? ", loss " + in_words(*made_.loss) : ", a lie that all who collude tell")
                        : "\nlast round: " + std::to_string(made_.step) + (made_.passed ? ", in which it had nothing to send" : ", in which it was not chosen");
  if (!pulled_.empty()) out += "\nparameters: version " + std::to_string(pulled_version_);
  return out;
}

void Trainee::open(const Msg<wire::Open>& open) {
  waiting_ = {open->getRound(), open->getStep(), open->getVersion(), open->getLr()};
  if (!training_) begin(std::exchange(waiting_, {}));
}

void Trainee::begin(Opened opened) {
  current_ = opened;
  opened_at_ = context().clock().now();
  if (opened.step == made_.step && !made_.passed) {
    gathering_.end();  // it may have begun with the round after it
    reopened(opened.round);
    account(0);
    return tell();
  }
  gathering_.begin(opened.version);
  for (uint32_t s = 0; s < shards(); ++s)
    context().tell(nth("shard", s), Envelope::of<wire::Pull>([&](wire::Pull::Builder pull) { pull.setVersion(opened.version); }));
}

void Trainee::parameters(const Msg<wire::Parameters>& parameters) {
  const uint32_t shard = parameters->getShard();
  if (training_ || shard >= shards()) return;
  auto part = door::admit(parameters, ranges_[shard]);
  if (!part || !gathering_.offer(parameters->getVersion(), shard, std::move(*part))) return;
  training_ = true;
  made_ = {};  // not before: until then the round before may be opened again
  pull_seconds_ = std::chrono::duration<double>(context().clock().now() - opened_at_).count();
  pulled_ = gathering_.take();
  pulled_version_ = current_.version;
  train(current_.step, current_.lr, pulled_);
}

void Trainee::trained(uint32_t round, const Row& update, const std::vector<bool>& sent, std::optional<float> loss, double seconds) {
  made({round, true, update, sent, loss}, seconds);
}

void Trainee::trained(uint32_t round, std::optional<float> loss, double seconds) { made({round, false, {}, {}, loss}, seconds); }

void Trainee::passed(uint32_t round) { made({round, false, {}, {}, {}, true}, 0); }

void Trainee::made(Made made, double seconds) {
  if (restore_) return rested();  // it was in vain
  made_ = std::move(made);
  account(seconds);  // first: the round may end as soon as the last row is there
  tell();
  rested();
}

void Trainee::tell() {
  if (made_.active && shows(made_.step))
    context().tell("adversary", push_to(layout_.shard(0, 1), current_.round, layout_, made_.update, made_.sent, compression_));
  for (uint32_t s = 0; s < shards(); ++s)
    context().tell(nth("shard", s),
                   made_.active ? push_to(ranges_[s], current_.round, layout_, made_.update, made_.sent, compression_)
                                : Envelope::of<wire::Skip>([this](wire::Skip::Builder skip) { skip.setRound(current_.round); }));
}

void Trainee::account_of(uint32_t number) {
  context().tell("scheduler", Envelope::of<wire::Worked>([number](wire::Worked::Builder worked) {
                   worked.setRound(number);
                   worked.setTrained(false);
                 }));
}

void Trainee::account(double seconds) {
  context().tell("scheduler", Envelope::of<wire::Worked>([&](wire::Worked::Builder worked) {
                   worked.setRound(current_.round);
                   worked.setTrained(made_.loss.has_value());
                   worked.setLoss(made_.loss.value_or(0));
                   worked.setComputeSeconds(seconds);
                   worked.setPullSeconds(pull_seconds_);
                 }));
}

void Trainee::rested() {
  training_ = false;
  if (restore_) return restore_now();
  if (save_) return save_now(*std::exchange(save_, std::nullopt));
  if (waiting_.round > 0) begin(std::exchange(waiting_, {}));
}

void Trainee::save(const Msg<wire::Save>& save) {
  if (!training_) return save_now(save->getTicket());
  if (save->getPatient()) {
    save_ = save->getTicket();
    return;
  }
  context().tell("scheduler", Envelope::of<wire::Saved>([&](wire::Saved::Builder saved) {
                   saved.setTicket(save->getTicket());
                   saved.setBusy(true);
                 }));
}

void Trainee::save_now(uint32_t ticket) {
  training_ = true;  // nothing may change until it is copied
  context().offload([job = saving()](int) { return job(); },
                    [this, ticket](const ActorState& state) {
                      context().tell("scheduler", Envelope::of<wire::Saved>(
                                                      [&](wire::Saved::Builder saved) {
                                                        saved.setTicket(ticket);
                                                        write(state, saved.initState());
                                                      },
                                                      rows_of(state)));
                      rested();
                    });
}

void Trainee::restore_now() {
  const Envelope envelope = *std::exchange(restore_, std::nullopt);
  const Msg<wire::Restore> m(envelope);
  const auto state = read_state(m->getState(), m.rows());
  if (!state) throw std::runtime_error("what it was to be restored to cannot be read: " + state.error().what);
  made_ = {};
  current_ = {};
  pulled_.clear();
  gathering_.end();
  restore(*state, m->hasAttack() ? std::optional(attack_of(m->getAttack())) : std::nullopt);
  context().tell("scheduler", Envelope::of<wire::Restored>([&](wire::Restored::Builder out) { out.setTicket(m->getTicket()); }));
}

void Trainee::recall(const Msg<wire::Recall>& recall) {
  const uint32_t shard = recall->getShard();
  const bool here = !pulled_.empty() && pulled_version_ == recall->getVersion() && shard < pulled_.size();
  context().tell("scheduler", recalled(recall->getTicket(), here ? pulled_[shard] : Row{}));
}

}  // namespace zenops

#include "actors/round.hpp"

#include <algorithm>

namespace zenops {

Round::Round(std::vector<Member> members, bool trusted) : awaits_trusted_(trusted) {
  for (const Member& member : members) seats_.push_back({member, State::absent, {}, {}});
}

const Round::Seat* Round::seat(uint32_t worker) const {
  const auto found = std::ranges::find(seats_, worker, [](const Seat& s) { return s.member.worker; });
  return found == seats_.end() ? nullptr : &*found;
}

Expected<void> Round::may_speak(uint32_t worker, uint32_t incarnation) const {
  const Seat* s = seat(worker);
  if (!s) return fail(Ec::stranger, "it is not a member of the round");
  if (s->member.incarnation != incarnation) return fail(Ec::stale, "another incarnation is the member");
  if (s->state != State::absent) return fail(Ec::duplicate, "it has spoken before");
  if (closed_) return fail(Ec::late, "the round is closed");
  return {};
}

void Round::offer(uint32_t worker, ShardRow row) {
  Seat* s = seat(worker);
  s->state = State::taken;
  s->row = std::move(row);
}

void Round::skip(uint32_t worker) { seat(worker)->state = State::inactive; }

void Round::refuse(uint32_t worker, Ec why) {
  Seat* s = seat(worker);
  s->state = State::refused;
  s->refusal = why;
}

void Round::lose(uint32_t worker, uint32_t incarnation) {
  Seat* s = seat(worker);
  if (s && s->member.incarnation == incarnation && s->state == State::absent && !closed_) s->state = State::lost;
}

void Round::offer_trusted(ShardRow row) {
  if (has_trusted_ || closed_) return;  // first word wins
  trusted_ = std::move(row);
  has_trusted_ = true;
}

bool Round::full() const {
  if (awaits_trusted_ && !has_trusted_) return false;
  return std::ranges::none_of(seats_, [](const Seat& s) { return s.member.awaited && s.state == State::absent; });
}

std::string_view to_string(Round::State state) {
  switch (state) {
    case Round::State::absent: return "absent";
    case Round::State::taken: return "answered";
    case Round::State::inactive: return "inactive";
    case Round::State::refused: return "refused";
    case Round::State::lost: return "lost";
  }
  return "unknown";
}

}  // namespace zenops

#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "actors/wire/survival.capnp.h"
#include "base/expected.hpp"
#include "base/rows.hpp"
#include "runtime/message.hpp"

namespace zenops {

/// What decides what an actor does next, beside the round's number. What is not in it is as it was in the beginning.
struct ActorState {
  std::map<std::string, Row> tensors;
  std::map<uint32_t, double> rates;  // of a judge whose rule needs them, by worker
  std::vector<uint32_t> accepted;    // the senders of the updates accepted last, the newest in front
  std::vector<std::vector<double>> norms;  // of a judge whose rule needs them: of the rows that entered, by block, the oldest first
  /// The tensor of that name; empty when it is not there.
  Row tensor(const std::string& name) const {
    const auto found = tensors.find(name);
    return found == tensors.end() ? Row{} : found->second;
  }
};

/// The tensors, as the rows beside a message.
std::vector<Row> rows_of(const ActorState& state);
/// `state` in a message that has rows_of(state) beside it.
void write(const ActorState& state, wire::ActorState::Builder out);
/// The same without tensors.
void write_numbers(const ActorState& state, wire::ActorState::Builder out);
/// And back; an error (malformed) when the rows do not fit.
Expected<ActorState> read_state(wire::ActorState::Reader state, std::span<const Row> rows);

}  // namespace zenops

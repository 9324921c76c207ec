#include "actors/actor_state.hpp"

namespace zenops {

std::vector<Row> rows_of(const ActorState& state) {
  std::vector<Row> rows;
  for (const auto& [name, row] : state.tensors) rows.push_back(row);
  return rows;
}

void write_numbers(const ActorState& state, wire::ActorState::Builder out) {
  auto rates = out.initRates(static_cast<uint32_t>(state.rates.size()));
  uint32_t k = 0;
  for (const auto& [worker, rate] : state.rates) {
    rates[k].setWorker(worker);
    rates[k++].setRate(rate);
  }
  auto accepted = out.initAccepted(static_cast<uint32_t>(state.accepted.size()));
  for (k = 0; k < accepted.size(); ++k) accepted.set(k, state.accepted[k]);
  auto norms = out.initNorms(static_cast<uint32_t>(state.norms.size()));
  for (uint32_t b = 0; b < norms.size(); ++b) {
    auto values = norms[b].initValues(static_cast<uint32_t>(state.norms[b].size()));
    for (k = 0; k < values.size(); ++k) values.set(k, state.norms[b][k]);
  }
}

void write(const ActorState& state, wire::ActorState::Builder out) {
  write_numbers(state, out);
  auto tensors = out.initTensors(static_cast<uint32_t>(state.tensors.size()));
  uint32_t k = 0;
  for (const auto& [name, row] : state.tensors) {
    tensors[k].setName(name);
    auto tensor = tensors[k].initTensor();
    tensor.initShape(1).set(0, row.size());
    tensor.setRow(static_cast<uint16_t>(k++));
  }
}

Expected<ActorState> read_state(wire::ActorState::Reader state, std::span<const Row> rows) {
  ActorState out;
  for (auto named : state.getTensors()) {
    const auto tensor = named.getTensor();
    if (tensor.getRow() >= rows.size() || tensor.getShape().size() != 1 ||
        tensor.getShape()[0] != rows[tensor.getRow()].size())
      return fail(Ec::malformed, "the state's tensors do not fit its rows");
    out.tensors[named.getName().cStr()] = rows[tensor.getRow()];
  }
  for (auto rate : state.getRates()) out.rates[rate.getWorker()] = rate.getRate();
  for (const uint32_t worker : state.getAccepted()) out.accepted.push_back(worker);
  for (auto block : state.getNorms()) {
    auto& norms = out.norms.emplace_back();
    for (const double norm : block.getValues()) norms.push_back(norm);
  }
  return out;
}

}  // namespace zenops

#include "actors/chronicle.hpp"

#include <algorithm>
#include <cmath>

namespace zenops {

void Chronicle::count(const RoundReport& report) {
  history_.push_back({report.round, report.loss.value_or(NAN), NAN, report.wall_seconds});
  if (history_.size() > most_moments) history_.pop_front();
  for (const WorkerReport& w : report.workers) {
    if (w.worker >= workers_.size()) continue;
    Worker& worker = workers_[w.worker];
    worker.incarnation = std::max(worker.incarnation, w.incarnation);
    worker.state = w.state;
    worker.accepted += w.accepted;
    for (const auto& [why, count] : w.refused) worker.refused += count;
    worker.poisoned += w.poisoned;
    if (w.loss) worker.loss = *w.loss;
  }
}

void Chronicle::reported(const RoundReport& report) {
  if (!report.evaluation) return;
  const auto moment = std::ranges::find(history_, report.round, &Moment::round);
  if (moment != history_.end()) moment->accuracy = report.evaluation->accuracy;
}

void Chronicle::lives(uint32_t worker, uint32_t incarnation) {
  if (worker < workers_.size()) workers_[worker].incarnation = incarnation;
}

void Chronicle::evicted(uint32_t worker) {
  if (worker < workers_.size()) ++workers_[worker].evictions;
}

void Chronicle::ordered(uint32_t round, const std::string& words) {
  orders_.push_back("round " + std::to_string(round) + ": " + words);
  std::ranges::replace(orders_.back(), '\n', ' ');  // a line
  if (orders_.size() > most_orders) orders_.pop_front();
}

void Chronicle::write(uint32_t since, wire::Standing::Builder out) const {
  const auto first = std::ranges::find_if(history_, [since](const Moment& m) { return m.round > since; });
  auto history = out.initHistory(static_cast<uint32_t>(history_.end() - first));
  uint32_t k = 0;
  for (auto moment = first; moment != history_.end(); ++moment, ++k) {
    history[k].setRound(moment->round);
    history[k].setLoss(moment->loss);
    history[k].setAccuracy(moment->accuracy);
    history[k].setWallSeconds(moment->wall_seconds);
  }
  auto workers = out.initWorkers(static_cast<uint32_t>(workers_.size()));
  for (k = 0; k < workers_.size(); ++k) {
    workers[k].setWorker(k);
    workers[k].setIncarnation(workers_[k].incarnation);
    workers[k].setState(workers_[k].state);
    workers[k].setAccepted(workers_[k].accepted);
    workers[k].setRefused(workers_[k].refused);
    workers[k].setPoisoned(workers_[k].poisoned);
    workers[k].setLoss(workers_[k].loss);
    workers[k].setEvictions(workers_[k].evictions);
  }
  auto orders = out.initOrders(static_cast<uint32_t>(orders_.size()));
  for (k = 0; k < orders_.size(); ++k) orders.set(k, orders_[k]);
}

}  // namespace zenops

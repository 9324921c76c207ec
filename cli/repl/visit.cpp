#include "cli/repl/visit.hpp"

#include "runtime/program.hpp"
#include "runtime/spawning.hpp"

namespace zenops::repl {

std::shared_ptr<Speaker> Visit::speaker() { return guest_.ended() ? nullptr : guest_.system().outside(); }

Expected<void> Visit::spawn(const SpawnOrder& order) {
  if (!job_) job_ = std::make_unique<RunningJob>(guest_.system(), "repl", job_of_types("", "whatever types"));
  SpawnOptions how;
  how.where = {.on = order.on, .near = order.near, .spread = order.spread};
  if (order.restarts) how.restarts.intensity = *order.restarts;
  return guest_.system()
      .ask("head", spawning(job_->id(), {order.name}, made_of(order.type, {}), how, false), how.within)
      .get()
      .map([](const Envelope&) {});
}

Farewell Visit::leave() {
  if (job_ && guest_.ended()) job_->forget();
  job_.reset();
  return {};
}

}  // namespace zenops::repl

#include "cli/repl/visit.hpp"

#include "runtime/program.hpp"
#include "runtime/spawning.hpp"
#include "runtime/wire/cluster_words.hpp"

namespace zenops::repl {
namespace {

using namespace std::chrono_literals;

constexpr auto head_within = 10s;

}  // namespace

std::shared_ptr<Speaker> Visit::speaker() { return guest_.ended() ? nullptr : guest_.system().outside(); }

Expected<uint64_t> Visit::job() {
  if (job_ != 0) return job_;
  const auto opened = guest_.system()
                          .ask("head", Envelope::of<wire::OpenJob>([](wire::OpenJob::Builder out) {
                                 const std::string bytes = job_of_types("", "whatever types");
                                 out.setName("repl");
                                 out.setBytes(bytes_of(bytes));
                               }),
                               head_within)
                          .get();
  if (!opened) return tl::unexpected(opened.error());
  return job_ = Msg<wire::JobOpened>(*opened)->getJob();
}

Expected<void> Visit::spawn(const SpawnOrder& order) {
  const auto job = this->job();
  if (!job) return tl::unexpected(job.error());
  SpawnOptions how;
  how.where = {.on = order.on, .near = order.near, .spread = order.spread};
  if (order.restarts) how.restarts.intensity = *order.restarts;
  return guest_.system()
      .ask("head", spawning(*job, {order.name}, made_of(order.type, {}), how, false), how.within)
      .get()
      .map([](const Envelope&) {});
}

Farewell Visit::leave() {
  if (job_ != 0 && !guest_.ended())
    static_cast<void>(guest_.system()
                          .ask("head", Envelope::of<wire::CloseJob>([this](wire::CloseJob::Builder out) { out.setJob(job_); }), head_within)
                          .get());
  return {};
}

}  // namespace zenops::repl

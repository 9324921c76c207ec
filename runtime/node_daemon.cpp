#include "runtime/node_daemon.hpp"

#include <signal.h>

#include <algorithm>

#include "runtime/gpus.hpp"
#include "runtime/wire/cluster_words.hpp"

namespace zenops {

NodeDaemon::NodeDaemon(Context& context, Options options, System& system)
    : Actor(context), options_(std::move(options)), system_(system) {}

Behavior NodeDaemon::handlers() {
  return Behavior{}
      .on<wire::StartProcess>(From{"head"}, [this](const Msg<wire::StartProcess>& m) { start(m); })
      .on<wire::KillProcess>(From{"head"},
                             [this](const Msg<wire::KillProcess>& m) {
                               const auto nursery = nurseries_.find(jobs_[m->getProcess()]);
                               if (nursery != nurseries_.end()) nursery->second->signal(m->getProcess(), SIGKILL);
                             })
      .on<wire::EndJob>(From{"head"},
                        [this](const Msg<wire::EndJob>& m) {
                          nurseries_.erase(m->getJob());
                          std::erase_if(jobs_, [&](const auto& entry) { return entry.second == m->getJob(); });
                        })
      // What happens to processes, told by the nurseries' threads.
      .on<wire::ProcessStarted>(the_operator,
                                [this](const Msg<wire::ProcessStarted>& m) { context().tell("head", m.envelope()); })
      .on<wire::ProcessEnded>(the_operator,
                              [this](const Msg<wire::ProcessEnded>& m) {
                                context().tell("head", m.envelope());
                              })
      // The next process gets a new nursery.
      .on<wire::JobFailed>(the_operator, [this](const Msg<wire::JobFailed>& m) { nurseries_.erase(m->getJob()); })
      .on<wire::Line>(the_operator, [this](const Msg<wire::Line>& m) { context().tell("head", m.envelope()); });
}

void NodeDaemon::start(const Msg<wire::StartProcess>& start) {
  const uint64_t process = start->getProcess(), job = start->getJob();
  const auto bytes = start->getBytes();
  jobs_[process] = job;
  const Envelope birth = Envelope::of<wire::Birth>([&](wire::Birth::Builder out) {
    out.setProcess(process);
    out.setJob(job);
    out.setLabel(start->getLabel());
    out.setHeadHost(options_.head_host);
    out.setHeadPort(options_.head_port);
    out.setAccountant(start->getAccountant());
    out.setBind(options_.bind);
    std::vector<Gpu> given;
    for (const int index : start->getGpus())
      if (const auto gpu = std::ranges::find(options_.gpus, index, &Gpu::index); gpu != options_.gpus.end()) given.push_back(*gpu);
    out.setGpus(visible_devices(given));
    out.setNode(context().self().name.substr(std::string("node/").size()));
  });
  const auto text = birth.words.bytes();
  nursery(job, text_of(bytes))
      .start(process, std::string(reinterpret_cast<const char*>(text.data()), text.size()));
}

Nursery& NodeDaemon::nursery(uint64_t job, const std::string& bytes) {
  auto& nursery = nurseries_[job];
  if (nursery) return *nursery;
  const std::string me = context().self().name;
  auto tell = [me, &system = system_](Envelope envelope) { system.tell(me, std::move(envelope)); };
  nursery = std::make_unique<Nursery>(
      options_.nursery, bytes,
      Nursery::Callbacks{.started =
                             [tell](uint64_t process, pid_t pid) {
                               tell(Envelope::of<wire::ProcessStarted>([&](wire::ProcessStarted::Builder out) {
                                 out.setProcess(process);
                                 out.setPid(static_cast<uint32_t>(pid));
                               }));
                             },
                         .ended =
                             [tell](uint64_t process, const std::string& cause) {
                               tell(Envelope::of<wire::ProcessEnded>([&](wire::ProcessEnded::Builder out) {
                                 out.setProcess(process);
                                 out.setCause(cause);
                               }));
                             },
                         .said =
                             [tell, job](uint64_t process, const std::string& line) {
                               tell(Envelope::of<wire::Line>([&](wire::Line::Builder out) {
                                 out.setJob(job);
                                 out.setProcess(process);
                                 out.setText(line);
                               }));
                             },
                         .failed =
                             [tell, job](const std::string& why) {
                               tell(Envelope::of<wire::JobFailed>([&](wire::JobFailed::Builder out) {
                                 out.setJob(job);
                                 out.setWhy(why);
                               }));
                             }},
      options_.program);
  return *nursery;
}

}  // namespace zenops

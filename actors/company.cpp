#include "actors/company.hpp"

#include <array>

#include "actors/placing.hpp"
#include "actors/wire/compose.hpp"
#include "runtime/local_head.hpp"
#include "runtime/membership.hpp"
#include "runtime/running_job.hpp"
#include "runtime/this_machine.hpp"
#include "runtime/wire/cluster_words.hpp"

namespace zenops {
namespace {

using namespace std::chrono_literals;

constexpr auto head_within = 10s, started_within = 120s;

class InOneProcess final : public Company {
 public:
  InOneProcess(std::shared_ptr<const Cast> cast, std::vector<Own> own, Listeners listeners, Clock& clock, Pool& pool)
      : system_({.serialize = cast->options().cluster.serialize, .log = listeners.log, .given_up = listeners.given_up}, clock, pool) {
    const std::string run = cast->options().name;
    system_.spawn("head", [this, run](Context& context) { return std::make_unique<LocalHead>(context, system_, run); }, RestartSpec::never());
    for (const auto& name : cast->names())
      system_.spawn(name, [cast, name](Context& context) { return cast->make(context, name); }, cast->restarts(name));
    for (Own& one : own) system_.spawn(one.name, std::move(one.make), one.restarts);
  }
  void tell(const std::string& name, Envelope envelope) override { system_.tell(name, std::move(envelope)); }
  std::shared_ptr<Speaker> outside() override { return system_.outside(); }

 private:
  System system_;
};

/// Into the cluster of that plan, or into one of our own.
Membership::Options way_in(const ProcessPlan& plan) {
  Membership::Options options{.process = random_process(), .version = plan.version};
  if (plan.address.empty()) {
    options.head = true;
    options.node = this_machine();
    options.nursery = plan.nursery;
    return options;
  }
  options.head_at(plan.address, "--address");
  options.bind = plan.bind;
  return options;
}

/// Workers may share a process.
std::string group_of(const std::string& name, const ClusterOptions& cluster) {
  if (!name.starts_with("worker/")) return name;
  const auto [first, count] = sharing(index_of(name), cluster);
  return count == 1 ? name : "worker/" + std::to_string(first) + ".." + std::to_string(first + count - 1);
}

Envelope spawning(uint64_t job, const Cast& cast, const std::vector<Company::Own>& own, bool only_try) {
  return Envelope::of<wire::Spawn>([&](wire::Spawn::Builder out) {
    const auto names = cast.names();
    const PlacementOptions& placement = cast.options().placement;
    const std::array roles{&placement.shards, &placement.validators, &placement.workers};
    out.setJob(job);
    out.setOnlyTry(only_try);
    out.initSupervisors(1)[0].setNodeEvictions(cast.options().reputation.node_evictions);
    auto sets = out.initSets(static_cast<uint32_t>(roles.size()));
    for (uint32_t r = 0; r < roles.size(); ++r) sets.set(r, static_cast<wire::Strategy>(roles[r]->strategy));
    auto actors = out.initActors(static_cast<uint32_t>(names.size() + own.size()));
    uint32_t k = 0;
    for (const auto& name : names) {
      const uint16_t role = name.starts_with("shard/") ? 0 : name.starts_with("validator/") ? 1 : 2;
      actors[k].setName(name);
      actors[k].setGroup(group_of(name, cast.options().cluster));
      actors[k].setSet(role);
      actors[k].setOn(pin_of(cast.options(), name).node);
      write(needs(cast.options(), name), actors[k].initNeeds());
      write(cast.restarts(name), actors[k++].initRestart());
    }
    for (const Company::Own& one : own) {
      actors[k].setName(one.name);
      actors[k].setHere(true);
      write(one.restarts, actors[k++].initRestart());
    }
  });
}

/// A job on a cluster, as a member of it.
class Job {
 public:
  Job(Membership::Options options, Troupe troupe, const Cast& cast, const ProcessPlan& plan, Clock& clock, Pool& pool)
      : member_(std::move(options), std::move(troupe), clock, pool),
        job_(member_.system(), cast.options().name, plan.job, plan.version) {}
  uint64_t id() const { return job_.id(); }
  System& system() { return member_.system(); }
  /// Throws UserError (run_failed) with who lacks what, and what can be done.
  void spawn(const Cast& cast, const std::vector<Company::Own>& own, bool only_try, Clock::Duration within) {
    const auto spawned = system().ask("head", spawning(id(), cast, own, only_try), within).get();
    if (!spawned) throw UserError(UserError::run_failed, spawned.error().what + advice(spawned.error(), cast.options().placement));
  }

 private:
  Membership member_;
  RunningJob job_;
};

class InProcesses final : public Company {
 public:
  InProcesses(const Cast& cast, const std::vector<Own>& own, const ProcessPlan& plan, const Listeners& listeners, Clock& clock, Pool& pool)
      : job_(membership(plan, listeners), troupe(own), cast, plan, clock, pool) {
    job_.spawn(cast, own, false, started_within);
  }
  void tell(const std::string& name, Envelope envelope) override { job_.system().tell(name, std::move(envelope)); }
  std::shared_ptr<Speaker> outside() override { return job_.system().outside(); }

 private:
  static Membership::Options membership(const ProcessPlan& plan, const Listeners& listeners) {
    Membership::Options options = way_in(plan);
    options.log = listeners.log;
    options.given_up = listeners.given_up;
    options.ended = [given_up = listeners.given_up](const std::string& why) { given_up("", why); };
    options.memory = plan.memory;
    return options;
  }

  static Troupe troupe(const std::vector<Own>& own) {
    std::map<std::string, System::Factory> makers;
    for (const Own& one : own) makers[one.name] = one.make;
    return [makers = std::move(makers)](Context& context, const std::string& name, std::string_view) { return makers.at(name)(context); };
  }

  Job job_;
};

}  // namespace

std::unique_ptr<Company> company_in_one_process(std::shared_ptr<const Cast> cast, std::vector<Company::Own> own,
                                                Company::Listeners listeners, Clock& clock, Pool& pool) {
  return std::make_unique<InOneProcess>(std::move(cast), std::move(own), std::move(listeners), clock, pool);
}

void try_processes(const Cast& cast, const ProcessPlan& plan, Clock& clock, Pool& pool) {
  Job job(way_in(plan), {}, cast, plan, clock, pool);
  job.spawn(cast, {}, true, head_within);
}

std::unique_ptr<Company> company_in_processes(std::shared_ptr<const Cast> cast, std::vector<Company::Own> own, const ProcessPlan& plan,
                                              Company::Listeners listeners, Clock& clock, Pool& pool) {
  return std::make_unique<InProcesses>(*cast, own, plan, listeners, clock, pool);
}

}  // namespace zenops

#include "runtime/cluster.hpp"

#include <mutex>

#include "runtime/membership.hpp"
#include "runtime/program.hpp"
#include "runtime/running_job.hpp"
#include "runtime/shared_memory.hpp"
#include "runtime/spawning.hpp"
#include "runtime/this_machine.hpp"
#include "runtime/wire/cluster_words.hpp"

namespace zenops {
namespace {

using namespace std::chrono_literals;

}  // namespace

Where on(std::string node) { return {.on = std::move(node)}; }
Where near(std::string actor) { return {.near = std::move(actor)}; }
Where spread() { return {.spread = true}; }

struct Cluster::State {
  State(const Program& p, Options o, std::vector<std::string> a)
      : program(p),
        options(std::move(o)),
        arguments(std::move(a)),
        pool(options.threads),
        member(way_in(), troupe(), clock, pool),
        job(member.system(), program.name(), job_of_types(program.name(), program.types())) {}

  bool alone() const { return !options.processes && options.address.empty(); }

  Membership::Options way_in() {
    Membership::Options out{.process = random_process(), .version = program.version()};
    out.bind = options.bind;
    out.log = options.log;
    out.life = [this](const Life& life) { heard(life); };
    out.ended = [log = options.log](const std::string& why) { log("the cluster is over for this process: " + why); };
    out.alone = alone();
    if (alone()) {
      out.head = true;
      return out;
    }
    out.memory = std::make_shared<SharedMemory>();
    if (!options.address.empty()) {
      out.head_at(options.address, "--address");
      return out;
    }
    out.head = true;
    out.node = this_machine();
    out.nursery = {program.name(), "nursery"};
    out.program = options.program;
    return out;
  }

  Troupe troupe() const {
    return
        [this](Context& context, const std::string&, std::string_view made) { return program.make(context, made, {}); };
  }

  void heard(const Life& life) {
    if (life.alive || of_the_runtime(life.who.name) || life.cause == job_ended) return;
    std::vector<std::function<void(const Life&)>> all;
    {
      std::lock_guard lock(mutex);
      all = listeners;
    }
    for (const auto& listener : all) listener(life);
  }

  Expected<void> check(const std::string& type, const SpawnOptions& how) const {
    const bool here = alone() || how.home == Home::this_process;
    // On other machines there may be a newer build, which knows more.
    if ((here || options.address.empty()) && !program.knows(type))
      return fail(Ec::unexpected, program.name() + " knows no actor type " + type + ", only " + program.types());
    if (here && !how.where.on.empty())
      return fail(Ec::failed, "nobody who lives in this process can be on node " + how.where.on);
    if (here && !alone() && !how.where.near.empty())
      return fail(Ec::failed, "nobody who lives in this process can be placed near " + how.where.near);
    return {};
  }

  Expected<void> spawn(const std::string& type, const std::vector<std::string>& names, const SpawnOptions& how) {
    if (auto fine = check(type, how); !fine) return fine;
    const bool here = alone() || how.home == Home::this_process;
    const std::string made = made_of(type, how.arguments);
    // They travel once for each name, and beside what a life has kept.
    constexpr uint64_t most = Envelope::max_words * sizeof(capnp::word) / 4;
    if (made.size() * names.size() > most)
      return fail(Ec::wrong_shape, "arguments of " + std::to_string(made.size()) + " bytes for " + std::to_string(names.size()) +
                                       " actors are more than " + std::to_string(most) + " bytes in all");
    const auto answer = member.system().ask("head", spawning(job.id(), names, made, how, here), how.within).get();
    return answer.map([](const Envelope&) {});
  }

  const Program& program;
  const Options options;
  const std::vector<std::string> arguments;
  std::mutex mutex;
  std::vector<std::function<void(const Life&)>> listeners;
  SystemClock clock;
  Pool pool;
  Membership member;
  RunningJob job;
};

Cluster::Cluster(const Program& program, Options options, std::vector<std::string> arguments)
    : state_(std::make_unique<State>(program, std::move(options), std::move(arguments))) {}

Cluster::~Cluster() = default;

OutsideRef Cluster::spawn(const std::string& type, const std::string& name, SpawnOptions options) {
  auto spawned = try_spawn(type, name, std::move(options));
  if (!spawned) throw UserError(UserError::run_failed, spawned.error().what);
  return std::move(*spawned);
}

OutsideMesh Cluster::spawn(const std::string& type, const Names& names, SpawnOptions options) {
  std::vector<std::string> each;
  for (size_t k = 0; k < names.size(); ++k) each.push_back(names[k]);
  if (const auto done = state_->spawn(type, each, options); !done)
    throw UserError(UserError::run_failed, done.error().what);
  return find(names, options.asking);
}

Expected<OutsideRef> Cluster::try_spawn(const std::string& type, const std::string& name, SpawnOptions options) {
  if (auto done = state_->spawn(type, {name}, options); !done) return tl::unexpected(std::move(done.error()));
  return find(name, options.asking);
}

OutsideRef Cluster::find(const std::string& name, Asking asking) { return {state_->member.system(), name, asking}; }

OutsideMesh Cluster::find(const Names& names, Asking asking) { return {state_->member.system(), names, asking}; }

void Cluster::on_down(std::function<void(const Life&)> then) {
  std::lock_guard lock(state_->mutex);
  state_->listeners.push_back(std::move(then));
}

const std::vector<std::string>& Cluster::arguments() const { return state_->arguments; }

}  // namespace zenops

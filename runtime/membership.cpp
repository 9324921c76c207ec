#include "runtime/membership.hpp"

#include <unistd.h>

#include <random>
#include <tuple>

#include "runtime/head.hpp"
#include "runtime/links.hpp"
#include "runtime/process_agent.hpp"
#include "runtime/node_daemon.hpp"
#include "runtime/runtime_version.hpp"
#include "runtime/wire/cluster_words.hpp"

namespace zenops {
namespace {

using namespace std::chrono_literals;

constexpr auto connect_within = 5s, connect_again_within = 2s, hello_within = 5s;
constexpr auto again_after = 200ms;

}  // namespace

uint64_t random_process() {
  std::random_device device;
  uint64_t id = 0;
  while (id == 0) id = (uint64_t{device()} << 32) | device();
  return id;
}

Membership::Membership(Options options, Troupe troupe, Clock& clock, Pool& pool) : options_(std::move(options)) {
  const std::string me = agent_name(options_.process);
  System::Options system;
  system.message_threads = options_.message_threads;
  system.log = options_.log;
  system.given_up = options_.given_up;
  system.life = options_.life;
  system.network = System::Network{{options_.process, options_.bind, options_.port, host_key()}, options_.accountant, options_.memory, options_.alone};
  system.lost = [this](uint64_t process) {
    if (options_.head)
      return system_->tell("head", Envelope::of<wire::Lost>([&](wire::Lost::Builder out) { out.setProcess(process); }));
    std::lock_guard lock(mutex_);
    if (process != head_) return;
    link_ = Link::broken;
    changed_.notify_all();
  };
  system.fenced = [this, me](const Address& who) {
    system_->tell(me, Envelope::of<wire::Fenced>([&](wire::Fenced::Builder out) {
                    out.setName(who.name);
                    out.setIncarnation(who.incarnation);
                  }));
  };
  system.forgotten = [this](uint64_t) { forget(); };
  system_ = std::make_unique<System>(std::move(system), clock, pool);

  // These do not come back: without them there is no member.
  const System::Fell fell = ends_us();
  if (options_.head) bring_up_head();
  if (options_.node) {
    const std::string head_host = options_.head ? self().host : options_.head_host;
    const uint16_t head_port = options_.head ? self().port : options_.head_port;
    system_->begin(
        {"node/" + options_.node->name, 1},
        [=, this](Context& context) {
          return std::make_unique<NodeDaemon>(context, NodeDaemon::Options{options_.nursery, options_.program, head_host, head_port, options_.bind, options_.node->gpus}, *system_);
        },
        fell);
  }
  system_->begin(
      {me, 1},
      [this, troupe = std::move(troupe)](Context& context) {
        return std::make_unique<ProcessAgent>(
            context,
            ProcessAgent::Options{.quit = [this](const std::string& why) { quit(why); },
                                  .silent = [this] { head_is_silent(); },
                                  .beside_the_head = options_.head},
            *system_, troupe);
      },
      fell);
  // When there is somebody to hear what the head says.
  if (const auto joined = join(connect_within); !joined) throw UserError(UserError::run_failed, joined.error().what);
  keeper_ = std::thread([this] { keep_joined(); });
}

Membership::~Membership() {
  {
    std::lock_guard lock(mutex_);
    if (!end_) end_ = "it was taken down";
    changed_.notify_all();
  }
  if (keeper_.joinable()) keeper_.join();
}

void Membership::bring_up_head() {
  head_ = options_.process;
  std::shared_ptr<Store> store;
  uint32_t incarnation = 1;
  if (!options_.state.empty()) {
    std::error_code error;
    std::filesystem::create_directories(options_.state, error);  // the store says what is wrong with it
    store = std::make_shared<Store>(options_.state / "head.sqlite", options_.log);
    incarnation = Directory::next_incarnation(*store);
  }
  system_->begin(
      {"head", incarnation},
      [this, store](Context& context) {
        return std::make_unique<Head>(
            context,
            Head::Options{.version = options_.version,
                          .process = options_.process,
                          .shut_down = [this] { quit(cluster_ended); }},
            *system_, store);
      },
      ends_us());
}

System::Fell Membership::ends_us() {
  return [this](const Address& who, Cause, const std::string& why) { quit(to_string(who) + " fell: " + why); };
}

Expected<void> Membership::join(std::chrono::milliseconds within) {
  if (!options_.head) {
    const auto peer = system_->links()->connect(options_.head_host, options_.head_port, within);
    const std::string where = options_.head_host + ":" + std::to_string(options_.head_port);
    if (!peer) return fail(peer.error().code, "no head at " + where + ": " + peer.error().what);
    std::lock_guard lock(mutex_);
    head_ = peer->process;
    link_ = Link::fine;
  }
  const auto answer = system_->ask(options_.head ? 0 : head_, "head", hello(), hello_within).get();
  if (!answer) return fail(answer.error().code, "the head did not take us: " + answer.error().what);
  system_->learn(Life::begun({"head", Msg<wire::Welcome>(*answer)->getHead()}, head_));
  return {};
}

Envelope Membership::hello() const {
  return Envelope::of<wire::Hello>([this](wire::Hello::Builder out) {
    out.setVersion(options_.version);
    out.setRuntime(runtime_version());
    write(self(), out.initPeer());
    out.setPid(static_cast<uint32_t>(getpid()));
    out.setRole(options_.node ? wire::Role::NODE : options_.job != 0 ? wire::Role::HOST : wire::Role::CLIENT);
    if (options_.node) write(*options_.node, out.initOffers());
    out.setJob(options_.job);
    out.setLabel(options_.label);
    const auto living = system_->living();
    auto lives = out.initLives(static_cast<uint32_t>(living.size()));
    for (uint32_t k = 0; k < living.size(); ++k) write(Life::begun(living[k], options_.process), lives[k]);
  });
}

void Membership::keep_joined() {
  std::unique_lock lock(mutex_);
  while (!end_) {
    changed_.wait(lock, [this] { return end_ || link_ == Link::broken; });
    if (end_) return;
    const auto since = std::chrono::steady_clock::now();
    while (!end_ && link_ == Link::broken) {
      if (std::chrono::steady_clock::now() - since > options_.patience) {
        lock.unlock();
        quit("the head is gone");
        return;
      }
      lock.unlock();
      const auto joined = join(connect_again_within);
      if (!joined && joined.error().code == Ec::stale) return forget();
      if (!joined && joined.error().code != Ec::unreachable && joined.error().code != Ec::timeout)
        return quit(joined.error().what);
      lock.lock();
      if (!joined) link_ = Link::broken;
      changed_.wait_for(lock, again_after, [this] { return end_.has_value(); });
    }
  }
}

void Membership::head_is_silent() {
  if (options_.head) return;
  std::lock_guard lock(mutex_);
  link_ = Link::broken;
  changed_.notify_all();
}

void Membership::forget() {
  forgotten_ = true;
  quit("the cluster has gone on without it");
}

void Membership::Options::head_at(const std::string& address, const std::string& argument) {
  const auto where = host_and_port(address);
  if (!where) throw UserError(UserError::bad_config, argument + ": " + where.error().what);
  std::tie(head_host, head_port) = *where;
}

const Endpoint& Membership::self() const { return system_->self(); }

Envelope Membership::ask_head(Envelope question, Clock::Duration within) {
  auto answer = system_->ask("head", std::move(question), within).get();
  if (!answer) throw UserError(UserError::run_failed, answer.error().what);
  return std::move(*answer);
}

std::string Membership::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return end_.has_value(); });
  return *end_;
}

std::optional<std::string> Membership::over() {
  std::lock_guard lock(mutex_);
  return end_;
}

void Membership::quit(const std::string& why) {
  {
    std::lock_guard lock(mutex_);
    if (end_) return;
    end_ = why;
    changed_.notify_all();
  }
  options_.ended(why);
}

}  // namespace zenops

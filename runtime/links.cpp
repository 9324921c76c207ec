#include "runtime/links.hpp"

#include <arpa/inet.h>
#include <kj/exception.h>
#include <sys/stat.h>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/logger.hpp>
#include <caf/send.hpp>
#include <charconv>
#include <deque>
#include <fstream>
#include <future>
#include <map>
#include <set>

#include "runtime/message.hpp"
#include "runtime/wire/cluster.capnp.h"

namespace zenops {
namespace {

constexpr auto connect_within = std::chrono::seconds(10);
// A connection that broke while it was made says nothing of whoever listens there. CAF (0.18) breaks one itself when the tick of its
// heartbeats comes before the other side has said its first word: the new connection counts as one that was last heard of long ago.
constexpr int connect_attempts = 5;
constexpr auto connect_again_after = std::chrono::milliseconds(20);
// Rows that are needed no more are given back with the next parcel, or by one of their own after so long, or when they
// are so many.
constexpr auto give_back_within = std::chrono::milliseconds(2);
constexpr size_t give_back_at = Parcel::most_released / 4;

Envelope introduction(const Endpoint& self, bool answer) {
  return Envelope::of<wire::Link>([&](wire::Link::Builder out) {
    out.setHost(self.host);
    out.setPort(self.port);
    out.setHostKey(self.host_key);
    out.setAnswer(answer);
  });
}

struct To {
  Endpoint peer;
  caf::actor handle;  // null while there is no connection
  bool connecting = false;
  std::deque<Parcel> waiting;
  std::map<uint64_t, Row> held = {};    // what it was shown, by number
  std::vector<uint64_t> returned = {};  // what it has shown us, and we need no more
  bool returning = false;               // somebody will see to that
  uint32_t pid = 0;                     // by which it shows us rows

  /// As many of them as a parcel may carry.
  std::vector<uint64_t> take_returned() {
    if (returned.size() <= Parcel::most_released) return std::exchange(returned, {});
    const auto rest = returned.begin() + Parcel::most_released;
    std::vector<uint64_t> first(returned.begin(), rest);
    returned.erase(returned.begin(), rest);
    return first;
  }
};

}  // namespace

struct Links::State {
  State(Endpoint s, std::shared_ptr<SharedMemory> m, Callbacks c)
      : self(std::move(s)), memory(std::move(m)), callbacks(std::move(c)) {}
  Endpoint self;
  const std::shared_ptr<SharedMemory> memory;
  MappedRows mapped;
  Callbacks callbacks;
  caf::actor hub;
  std::mutex mutex;
  bool closed = false;
  std::map<uint64_t, To> peers;
  std::set<uint64_t> forgotten;
  std::map<uint64_t, std::promise<Expected<Endpoint>>> askers;  // by number: who waits in connect()
  uint64_t last_asker = 0;
  std::map<caf::actor_addr, uint64_t> asked;  // the hub that was reached → who wants to know whose it is

  void answer(uint64_t asker, Expected<Endpoint> answer) {
    std::lock_guard lock(mutex);
    if (auto i = askers.find(asker); i != askers.end()) {
      i->second.set_value(std::move(answer));
      askers.erase(i);
    }
  }

  uint64_t transfers = 0;

  /// What of the envelope's rows that process can see where they lie.
  void show(To& to, Parcel& parcel) {
    if (!memory || to.peer.host_key != self.host_key) return;
    for (uint32_t k = 0; k < parcel.envelope.rows.size(); ++k) {
      const Row& row = parcel.envelope.rows[k];
      if (const auto handle = memory->handle(row.view())) {
        parcel.shown[k] = {++transfers, *handle};
        to.held[transfers] = row;
      }
    }
  }

  void give_back(uint64_t process, uint64_t transfer) {
    std::lock_guard lock(mutex);
    const auto i = peers.find(process);
    if (closed || i == peers.end()) return;
    To& to = i->second;
    to.returned.push_back(transfer);
    if (to.returned.size() == give_back_at) {
      caf::anon_send(hub, caf::put_atom_v, process);
    } else if (!std::exchange(to.returning, true)) {
      caf::delayed_anon_send(hub, give_back_within, caf::put_atom_v, process);
    }
  }
};

/// Where parcels arrive, and the only one that makes connections.
class Links::Hub final : public caf::event_based_actor {
 public:
  Hub(caf::actor_config& config, std::shared_ptr<State> state)
      : caf::event_based_actor(config), state_(std::move(state)) {
    set_down_handler([this](const caf::down_msg& down) { lost(down.source); });
  }

  caf::behavior make_behavior() override {
    return {
        [this](Parcel& parcel) {
          try {
            arrived(std::move(parcel));
          } catch (const kj::Exception& e) {  // bytes that are no such message
            state_->callbacks.unreadable(parcel.process, e.getDescription().cStr());
          }
        },
        [this](caf::put_atom, uint64_t process) { give_back(process); },
        [this](caf::connect_atom, uint64_t process) { connect(process); },
        [this](caf::connect_atom, const std::string& host, uint16_t port, uint64_t asker) { reach(host, port, asker); },
    };
  }

  void on_exit() override { state_.reset(); }
  const char* name() const override { return "zenops.links"; }

 private:
  template <class Then, class Otherwise>
  void dial(const std::string& host, uint16_t port, Then then, Otherwise otherwise, int attempts = connect_attempts) {
    auto broker = system().middleman().actor_handle();
    request(broker, connect_within, caf::connect_atom_v, host, port)
        .then(
            [then, otherwise](const caf::node_id&, caf::strong_actor_ptr& found, const std::set<std::string>&) {
              if (!found) return otherwise(std::string("nothing of ours listens there"));
              then(caf::actor_cast<caf::actor>(found));
            },
            [=, this](const caf::error& error) {
              if (attempts > 1 && (error == caf::sec::connection_timeout || error == caf::sec::disconnect_during_handshake)) {
                run_delayed(connect_again_after, [=, this] { dial(host, port, then, otherwise, attempts - 1); });
                return;
              }
              otherwise(error == caf::sec::cannot_connect_to_node ? "nobody listens there" : to_string(error));
            });
  }

  /// The first word on a connection.
  void introduce_ourselves(const caf::actor& handle, bool answer) {
    Parcel parcel;
    parcel.process = state_->self.process;
    parcel.envelope = introduction(state_->self, answer);
    caf::send_as(caf::actor_cast<caf::actor>(this), handle, std::move(parcel));
  }

  void connect(uint64_t process) {
    Endpoint peer;
    {
      std::lock_guard lock(state_->mutex);
      const auto i = state_->peers.find(process);
      if (i == state_->peers.end() || i->second.handle || i->second.connecting) return;
      i->second.connecting = true;
      peer = i->second.peer;
    }
    dial(
        peer.host, peer.port,
        [this, process](const caf::actor& handle) {
          introduce_ourselves(handle, false);
          connected(process, handle);
        },
        [this, process](const std::string&) {
          std::deque<Parcel> unsent;  // their rows may end here, but not under the lock
          {
            std::lock_guard lock(state_->mutex);
            if (state_->closed) return;
            if (const auto i = state_->peers.find(process); i != state_->peers.end()) {
              i->second.connecting = false;
              unsent.swap(i->second.waiting);
            }
          }
          state_->callbacks.lost(process);
        });
  }

  void reach(const std::string& host, uint16_t port, uint64_t asker) {
    dial(
        host, port,
        [this, asker](const caf::actor& handle) {
          {
            std::lock_guard lock(state_->mutex);
            state_->asked[handle.address()] = asker;
          }
          monitor(handle);
          introduce_ourselves(handle, false);
        },
        [this, asker](const std::string& why) { state_->answer(asker, fail(Ec::unreachable, why)); });
  }

  void arrived(Parcel parcel) {
    if (parcel.envelope.type == capnp::typeId<wire::Link>()) return linked(parcel);
    released(parcel);
    if (parcel.envelope.type == capnp::typeId<wire::Release>()) return;
    if (parcel.envelope.type == capnp::typeId<wire::Forgotten>()) return forgotten(parcel);
    received(std::move(parcel));
  }

  void received(Parcel parcel) {
    {
      std::lock_guard lock(state_->mutex);
      if (state_->closed) return;
      if (state_->forgotten.contains(parcel.process)) return turn_away();
      if (!parcel.shown.empty()) state_->peers[parcel.process].pid = parcel.shown.begin()->second.handle.pid;
    }
    for (const auto& [k, shown] : parcel.shown) {
      auto row = state_->mapped.map(
          shown.handle, [weak = std::weak_ptr(state_), process = parcel.process, transfer = shown.transfer] {
            if (auto state = weak.lock()) state->give_back(process, transfer);
          });
      if (!row) return state_->callbacks.unreadable(parcel.process, row.error().what);
      parcel.envelope.rows[k] = std::move(*row);
    }
    parcel.shown.clear();
    state_->callbacks.received(std::move(parcel));
  }

  /// Whoever speaks here is gone, as far as this process has been told.
  void turn_away() {
    const auto handle = caf::actor_cast<caf::actor>(current_sender());
    if (!handle) return;
    Parcel parcel;
    parcel.process = state_->self.process;
    parcel.envelope = Envelope::of<wire::Forgotten>();
    caf::send_as(caf::actor_cast<caf::actor>(this), handle, std::move(parcel));
  }

  /// The other side says that we are.
  void forgotten(const Parcel& parcel) {
    uint64_t asker = 0;
    {
      std::lock_guard lock(state_->mutex);
      if (state_->closed) return;
      if (current_sender())
        if (auto node = state_->asked.extract(current_sender()->address())) asker = node.mapped();
    }
    if (asker != 0) state_->answer(asker, fail(Ec::stale, "it has gone on without this process"));
    state_->callbacks.forgotten(parcel.process);
  }

  /// Without a connection they wait for the next parcel.
  void give_back(uint64_t process) {
    std::lock_guard lock(state_->mutex);
    const auto i = state_->peers.find(process);
    if (i == state_->peers.end()) return;
    To& to = i->second;
    to.returning = false;
    while (to.handle && !to.returned.empty()) {
      Parcel parcel;
      parcel.process = state_->self.process;
      parcel.released = to.take_returned();
      parcel.envelope = Envelope::of<wire::Release>();
      caf::send_as(state_->hub, to.handle, std::move(parcel));
    }
  }

  void released(const Parcel& parcel) {
    if (parcel.released.empty()) return;
    std::vector<Row> rows;  // they may end here, but not under the lock
    std::lock_guard lock(state_->mutex);
    const auto i = state_->peers.find(parcel.process);
    if (i == state_->peers.end()) return;
    for (const uint64_t transfer : parcel.released)
      if (auto node = i->second.held.extract(transfer)) rows.push_back(std::move(node.mapped()));
  }

  /// The other side says who it is.
  void linked(const Parcel& parcel) {
    const auto handle = caf::actor_cast<caf::actor>(current_sender());
    if (!handle) return;
    const Msg<wire::Link> link(parcel.envelope);
    const Endpoint peer{parcel.process, link->getHost(), link->getPort(), link->getHostKey()};
    uint64_t asker = 0;
    {
      std::lock_guard lock(state_->mutex);
      if (state_->forgotten.contains(peer.process)) return turn_away();
      state_->peers[peer.process].peer = peer;
      if (auto node = state_->asked.extract(handle.address())) asker = node.mapped();
    }
    connected(peer.process, handle);
    if (!link->getAnswer()) introduce_ourselves(handle, true);
    if (asker != 0) state_->answer(asker, peer);
  }

  void connected(uint64_t process, const caf::actor& handle) {
    std::vector<Row> rows;  // of what may be sent in vain: they do not end under the lock
    std::lock_guard lock(state_->mutex);
    const auto i = state_->peers.find(process);
    if (i == state_->peers.end()) return;
    To& to = i->second;
    to.connecting = false;
    if (!to.handle) {
      to.handle = handle;
      monitor(handle);
    }
    for (Parcel& parcel : std::exchange(to.waiting, {})) {
      rows.insert(rows.end(), parcel.envelope.rows.begin(), parcel.envelope.rows.end());
      caf::send_as(state_->hub, to.handle, std::move(parcel));
    }
  }

  void lost(const caf::actor_addr& who) {
    std::vector<uint64_t> gone;
    uint64_t asker = 0;
    {
      std::lock_guard lock(state_->mutex);
      for (auto& [process, to] : state_->peers)
        if (to.handle && to.handle.address() == who) {
          to.handle = nullptr;
          gone.push_back(process);
        }
      if (auto node = state_->asked.extract(who)) asker = node.mapped();
    }
    if (asker != 0)
      state_->answer(asker, fail(Ec::unreachable, "the connection broke before the other side had said who it is"));
    for (const uint64_t process : gone) state_->callbacks.lost(process);
  }

  std::shared_ptr<State> state_;
};

Links::Links(caf::actor_system& system, Endpoint self, std::shared_ptr<SharedMemory> memory, Callbacks callbacks)
    : state_(std::make_shared<State>(std::move(self), std::move(memory), std::move(callbacks))) {
  state_->hub = system.spawn<Hub>(state_);
  caf::logger::set_current_actor_system(nullptr);
  const std::string host = state_->self.host;
  const auto port = system.middleman().publish(state_->hub, state_->self.port, host.c_str(), true);
  if (!port) {
    caf::anon_send_exit(state_->hub, caf::exit_reason::kill);
    throw UserError(
        UserError::cannot_write,
        "cannot listen at " + host + ":" + std::to_string(state_->self.port) +
            ": somebody does already, or it is no address of this machine, or a port that needs privileges");
  }
  state_->self.port = *port;
}

void Links::close() {
  std::map<uint64_t, To> gone;
  std::lock_guard lock(state_->mutex);
  if (std::exchange(state_->closed, true)) return;
  gone.swap(state_->peers);
  caf::anon_send_exit(state_->hub, caf::exit_reason::kill);
  state_->hub = nullptr;
}

const Endpoint& Links::self() const { return state_->self; }

Expected<Endpoint> Links::connect(const std::string& host, uint16_t port, std::chrono::milliseconds within) {
  std::future<Expected<Endpoint>> found;
  uint64_t asker;
  {
    std::lock_guard lock(state_->mutex);
    asker = ++state_->last_asker;
    found = state_->askers[asker].get_future();
  }
  caf::anon_send(state_->hub, caf::connect_atom_v, host, port, asker);
  if (found.wait_for(within) != std::future_status::ready)
    state_->answer(asker, fail(Ec::timeout, "nobody answered in time"));
  return found.get();
}

void Links::introduce(const Endpoint& peer) {
  std::lock_guard lock(state_->mutex);
  if (state_->closed || state_->forgotten.contains(peer.process)) return;
  state_->peers[peer.process].peer = peer;
}

void Links::forget(uint64_t process) {
  To gone;  // what it held ends here, but not under the lock
  std::lock_guard lock(state_->mutex);
  state_->forgotten.insert(process);
  const auto i = state_->peers.find(process);
  if (i == state_->peers.end()) return;
  gone = std::move(i->second);
  state_->peers.erase(i);
  if (gone.pid != 0) state_->mapped.forget(gone.pid);
}

bool Links::send(uint64_t process, const Address& from, const std::string& name, Envelope envelope, uint64_t news) {
  Parcel parcel;
  parcel.news = news;
  parcel.process = state_->self.process;
  parcel.from = from;
  parcel.to = name;
  const std::vector<Row> rows = envelope.rows;  // what cannot be sent ends at once: they shall not, under the lock
  parcel.envelope = std::move(envelope);
  std::lock_guard lock(state_->mutex);
  const auto i = state_->peers.find(process);
  if (state_->closed || i == state_->peers.end()) return false;
  To& to = i->second;
  state_->show(to, parcel);
  if (to.handle) {
    parcel.released = to.take_returned();
    caf::send_as(state_->hub, to.handle, std::move(parcel));
  } else {
    to.waiting.push_back(std::move(parcel));
    if (!to.connecting) caf::anon_send(state_->hub, caf::connect_atom_v, process);
  }
  return true;
}

Expected<std::pair<std::string, uint16_t>> host_and_port(const std::string& text) {
  const auto colon = text.rfind(':');
  const std::string host = text.substr(0, colon);
  in_addr address{};
  if (colon == std::string::npos || inet_pton(AF_INET, host.c_str(), &address) != 1)
    return fail(Ec::malformed, "\"" + text + "\" is no address: 127.0.0.1:7700 would be one");
  uint16_t port = 0;
  const char *first = text.data() + colon + 1, *last = text.data() + text.size();
  if (const auto [end, error] = std::from_chars(first, last, port); error != std::errc() || end != last || port == 0)
    return fail(Ec::malformed, "\"" + text + "\" has no port between 1 and 65535");
  return std::pair(host, port);
}

std::string host_key() {
  std::string key;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> key;
  for (const char* space : {"/proc/self/ns/pid", "/proc/self/ns/net"}) {
    struct stat info {};
    if (stat(space, &info) == 0) key += ':' + std::to_string(info.st_ino);
  }
  return key;
}

}  // namespace zenops

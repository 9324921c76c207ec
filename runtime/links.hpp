#pragma once
#include <caf/fwd.hpp>
#include <functional>
#include <memory>
#include <string>

#include "runtime/endpoint.hpp"
#include "runtime/parcel.hpp"

namespace zenops {

/// The connections of this process to others: one to each that is spoken to, made when the first parcel is sent, and again
/// after it broke. Parcels to one process arrive in order or, when the connection breaks, not at all. Thread-safe.
class Links {
 public:
  struct Callbacks {
    std::function<void(Parcel)> received;
    std::function<void(uint64_t process)> lost = [](uint64_t) {};  // its connection broke, or none could be made
    /// A row that it has shown is not there, or not as it should be: its message is dropped.
    std::function<void(uint64_t process, const std::string& why)> unreadable = [](auto, auto&) {};
    /// It has been told that this process is gone.
    std::function<void(uint64_t process)> forgotten = [](uint64_t) {};
  };
  /// Listens at `self.host`; port 0: any free one. Throws UserError when it cannot. Rows that lie in `memory` are shown to processes
  /// that can see it, and held until those need them no more or are forgotten; null: all are sent.
  Links(caf::actor_system& system, Endpoint self, std::shared_ptr<SharedMemory> memory, Callbacks callbacks);
  ~Links() { close(); }
  Links(const Links&) = delete;

  /// With the port that it listens at.
  const Endpoint& self() const;
  /// Connects to whoever listens there and says who that is; an error says why not. Waits, so not from an actor.
  Expected<Endpoint> connect(const std::string& host, uint16_t port, std::chrono::milliseconds within);
  /// Where a process is reached from now on.
  void introduce(const Endpoint& peer);
  /// It is gone: what waits for it is dropped, and so is what comes from it; if it still speaks, it is told.
  void forget(uint64_t process);
  /// No callback begins after it, and nothing is sent any more.
  void close();
  /// Parcels to a process that nobody has introduced come to nothing: false.
  bool send(uint64_t process, const Address& from, const std::string& to, Envelope envelope, uint64_t news);

 private:
  struct State;
  class Hub;
  std::shared_ptr<State> state_;
};

/// The address and the port of "127.0.0.1:7700". An error says what is wrong.
Expected<std::pair<std::string, uint16_t>> host_and_port(const std::string& text);

/// What processes have in common that can see each other's memory.
std::string host_key();

}  // namespace zenops

#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/expected.hpp"

namespace zenops {

/// An amount of something that comes in parts, in ten-thousandths: sums are exact, and ten times 0.1 is 1.
class Amount {
 public:
  constexpr Amount() = default;
  /// To the nearest; what is more than nothing stays so.
  static Amount of(double value);
  static constexpr Amount whole(int64_t n) { return Amount(n * scale); }
  double value() const { return static_cast<double>(n_) / scale; }
  constexpr auto operator<=>(const Amount&) const = default;
  constexpr Amount operator+(Amount other) const { return Amount(n_ + other.n_); }
  constexpr Amount operator-(Amount other) const { return Amount(n_ - other.n_); }
  constexpr int64_t units() const { return n_; }

 private:
  static constexpr int64_t scale = 10'000;
  explicit constexpr Amount(int64_t n) : n_(n) {}
  int64_t n_ = 0;
};

/// What an actor needs.
struct Resources {
  double cores = 0;
  double gpus = 0;                            // whole ones, or a part of a single one
  uint64_t memory = 0;                        // bytes
  std::map<std::string, double> custom = {};  // whatever a node says it has
  uint64_t gpu_memory = 0;                    // bytes on each of the GPUs
  std::optional<int> gpu = {};                // the index of the one GPU that it must be; none: any
  bool operator==(const Resources&) const = default;
};
/// Without what is said of each GPU: of those it is the most.
void add(Resources& sum, const Resources& more);
/// What actors need together that share a process. GPUs they have through one context: as many as the one that needs most, and the one
/// that is named.
void share(Resources& process, const Resources& more);
/// Why nobody can ask for these (or have them: the verb): negative, not a number, 1.5 GPUs. A sentence without its
/// subject; empty: they make sense.
std::string nonsense(const Resources& resources, const std::string& verb = "asks for");
/// "2 cores, 1 gpu with 20 GiB on it and 4 GiB of memory"; "0.5 of gpu 3"; "nothing".
std::string to_string(const Resources& resources);
/// "4 GiB", "1.5 MiB", "17 bytes".
std::string bytes_to_string(uint64_t bytes);

/// A GPU of a machine, or an instance of one (MIG), which is one for whoever is given it. Where only how many there are counts it is its
/// index.
struct Gpu {
  Gpu(int i, uint64_t m = 0, std::string name = {}) : index(i), memory(m), id(std::move(name)), instance(id.starts_with("MIG-")) {}
  int index;
  uint64_t memory;  // bytes; 0: not known
  std::string id;   // "GPU-…" or "MIG-…", by which the driver knows it whatever is visible; known on its own machine only
  bool instance;    // a process sees only one of these
  bool operator==(const Gpu&) const = default;
};

/// What a machine has to give.
struct NodeSpec {
  static constexpr size_t most_gpus = 1024;  // that anybody is believed to have
  std::string name;
  std::string host;  // nodes with the same are one machine
  double cores = 0;
  std::vector<Gpu> gpus = {};
  uint64_t memory = 0;
  std::map<std::string, double> custom = {};
};

/// A node, and what of it is free.
class Room {
 public:
  explicit Room(const NodeSpec& spec);
  const std::string& name() const { return name_; }
  const std::string& host() const { return host_; }
  bool draining() const { return draining_; }
  void drain(bool on) { draining_ = on; }

  /// Why these do not fit now: "has 0.5 of 8 cores free, 1.5 too few", "has no gpu". Empty: they do. A draining node
  /// takes nothing.
  std::string objection(const Resources& needs) const;
  /// Of what there is too little for these.
  Lack lack(const Resources& needs) const;
  bool fits(const Resources& needs) const { return lack(needs) == Lack::nothing; }
  /// Somebody asks for that GPU by its index: it is the last that others are given.
  void spare(int gpu) { spared_.insert(gpu); }
  /// The GPUs that could be given for these, which fit: of each kind of choice one, the best first. One empty list when none is needed.
  std::vector<std::vector<int>> gpu_choices(const Resources& needs) const;
  /// Takes exactly these, or nothing and says why.
  Expected<void> take(const Resources& needs, const std::vector<int>& gpus);
  /// What take() took.
  void give_back(const Resources& needs, const std::vector<int>& gpus);

  Amount free_cores() const { return cores_.free; }
  Amount free_gpus() const;
  /// Bytes, by the GPU's index.
  std::map<int, uint64_t> used_gpu_memory() const;
  uint64_t free_memory() const { return memory_ - used_memory_; }
  Amount free_custom(const std::string& name) const;
  /// Of its cores; 0 for a node without.
  double free_share() const;
  /// What is free, in numbers: two rooms of one node that agree on them are the same.
  void append_state(std::vector<int64_t>& out) const;

 private:
  struct Stock {
    Amount total, free;
  };
  struct Card {
    Amount free;
    uint64_t memory, used;  // bytes
    bool instance;
    uint64_t free_memory() const { return memory - used; }
  };
  /// Indices of those of which enough is free, whatever their memory.
  std::vector<int> free_enough(const Resources& needs) const;
  std::string few_gpus(const Resources& needs) const;
  std::string little_gpu_memory(const Resources& needs) const;
  /// The first of the custom resources of which there is too little, or null.
  const std::string* scarce(const Resources& needs) const;
  std::string name_, host_;
  Stock cores_;
  std::map<int, Card> gpus_;
  std::set<int> spared_;
  uint64_t memory_, used_memory_ = 0;
  std::map<std::string, Stock> custom_;
  bool draining_ = false;
};

/// Somebody's place: on which node, and what of it.
struct Assigned {
  std::string name, node;
  Resources needs;
  std::vector<int> gpus = {};  // their indices
  bool operator==(const Assigned&) const = default;
};

/// Who holds what of which node. Nothing is handed out twice, and nothing that is not there.
///
///   reserve() --> reserved --commit()--> committed
///                 reserved, committed --release(), or its node leaves--> gone
class Ledger {
 public:
  using Id = uint64_t;  // of a lease; never used again
  struct Lease {
    Assigned what;
    bool committed = false;
  };

  /// Refused when one of that name is here (duplicate), or when what it has makes no sense (malformed): a GPU twice, 1e9 of them.
  Expected<void> join(const NodeSpec& node);
  /// Its leases go with it: these.
  std::vector<Id> leave(const std::string& node);
  /// From now on it is given to nobody; who is there stays. Whether there is such a node.
  bool drain(const std::string& node, bool on = true);
  bool draining(const std::string& node) const;

  /// A lease for each, in their order, or none at all and why.
  Expected<std::vector<Id>> reserve(const std::vector<Assigned>& group);
  /// Refused when there is no such lease (stranger) or it is committed (duplicate).
  Expected<void> commit(Id id);
  /// Refused when there is no such lease: it was released before, its node left, or it never was (stranger).
  Expected<void> release(Id id);

  /// Of a node: bytes, by the GPU's index. Empty when it is not here.
  std::map<int, uint64_t> used_gpu_memory(const std::string& node) const;
  const std::map<Id, Lease>& leases() const { return leases_; }
  /// The nodes in the order of their names: what the placer looks at.
  std::vector<Room> view() const;

 private:
  std::map<std::string, Room> nodes_;
  std::map<Id, Lease> leases_;
  Id next_ = 1;
};

}  // namespace zenops

#include "runtime/ledger.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <tuple>

namespace zenops {
namespace {

constexpr double most = 1e12;  // of anything that comes in parts: far from where the units overflow

std::string digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

/// Of each GPU that these have, and how many they are.
Amount part_of_each(const Resources& needs) { return needs.gpus < 1 ? Amount::of(needs.gpus) : Amount::whole(1); }
size_t number_of_gpus(const Resources& needs) { return static_cast<size_t>(std::ceil(needs.gpus)); }

bool makes_sense(double amount) { return std::isfinite(amount) && amount >= 0 && amount <= most; }

std::string counted(double n, const std::string& noun) { return digits(n) + " " + noun + (n == 1 ? "" : "s"); }

/// "has 1 of 8 cores free, 2 too few"
std::string too_few(Amount free, double total, const std::string& noun, Amount needed) {
  return "has " + digits(free.value()) + " of " + counted(total, noun) + " free, " + digits((needed - free).value()) +
         " too few";
}

/// "has 16 GiB of 24 GiB of memory free, 4 GiB too few"
std::string little(uint64_t free, uint64_t total, const std::string& of_what, uint64_t needed) {
  return "has " + bytes_to_string(free) + " of " + bytes_to_string(total) + " of " + of_what + ", " + bytes_to_string(needed - free) + " too few";
}

}  // namespace

Amount Amount::of(double value) {
  const auto n = std::llround(value * scale);
  return Amount(n == 0 && value > 0 ? 1 : n);
}

std::string nonsense(const Resources& r, const std::string& verb) {
  if (!makes_sense(r.cores)) return verb + " " + digits(r.cores) + " cores";
  if (!makes_sense(r.gpus)) return verb + " " + digits(r.gpus) + " gpus";
  if (r.gpus > 1 && r.gpus != std::floor(r.gpus))
    return verb + " " + digits(r.gpus) + " gpus: there are whole ones, and parts of a single one";
  if (r.gpu && r.gpus > 1) return verb + " gpu " + std::to_string(*r.gpu) + " and " + digits(r.gpus) + " gpus: one can be named";
  for (const auto& [name, amount] : r.custom)
    if (!makes_sense(amount)) return verb + " " + digits(amount) + " " + name;
  return {};
}

void add(Resources& sum, const Resources& more) {
  sum.cores += more.cores;
  sum.gpus += more.gpus;
  sum.memory += more.memory;
  sum.gpu_memory = std::max(sum.gpu_memory, more.gpu_memory);
  for (const auto& [name, value] : more.custom) sum.custom[name] += value;
}

void share(Resources& process, const Resources& more) {
  const double gpus = std::max(process.gpus, more.gpus);
  add(process, more);
  process.gpus = gpus;
  if (more.gpu) process.gpu = more.gpu;
}

std::string bytes_to_string(uint64_t bytes) {
  const char* units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  size_t u = 0;
  for (; value >= 1024 && u < 4; ++u) value /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, value < 100 ? "%.3g" : "%.0f", value);
  return std::string(text) + " " + units[u];
}

std::string to_string(const Resources& r) {
  std::vector<std::string> parts;
  if (r.cores > 0) parts.push_back(counted(r.cores, "core"));
  if (r.gpus > 0) {
    std::string gpus = digits(r.gpus) + (r.gpus <= 1 ? " gpu" : " gpus");
    if (r.gpu) gpus = (r.gpus < 1 ? digits(r.gpus) + " of gpu " : "gpu ") + std::to_string(*r.gpu);
    if (r.gpu_memory > 0) gpus += " with " + bytes_to_string(r.gpu_memory) + (r.gpus <= 1 ? " on it" : " on each");
    parts.push_back(gpus);
  }
  if (r.memory > 0) parts.push_back(bytes_to_string(r.memory) + " of memory");
  for (const auto& [name, amount] : r.custom)
    if (amount > 0) parts.push_back(digits(amount) + " " + name);
  if (parts.empty()) return "nothing";
  std::string out = parts[0];
  for (size_t k = 1; k < parts.size(); ++k) out += (k + 1 == parts.size() ? " and " : ", ") + parts[k];
  return out;
}

Room::Room(const NodeSpec& spec)
    : name_(spec.name), host_(spec.host), cores_{Amount::of(spec.cores), Amount::of(spec.cores)}, memory_(spec.memory) {
  for (const Gpu& gpu : spec.gpus) gpus_[gpu.index] = {Amount::whole(1), gpu.memory, 0, gpu.instance};
  for (const auto& [name, amount] : spec.custom) custom_[name] = {Amount::of(amount), Amount::of(amount)};
}

Amount Room::free_gpus() const {
  Amount sum;
  for (const auto& [index, card] : gpus_) sum = sum + card.free;
  return sum;
}

std::map<int, uint64_t> Room::used_gpu_memory() const {
  std::map<int, uint64_t> out;
  for (const auto& [index, card] : gpus_) out[index] = card.used;
  return out;
}

Amount Room::free_custom(const std::string& name) const {
  const auto i = custom_.find(name);
  return i == custom_.end() ? Amount{} : i->second.free;
}

double Room::free_share() const { return cores_.total > Amount{} ? cores_.free.value() / cores_.total.value() : 0; }

void Room::append_state(std::vector<int64_t>& out) const {
  out.push_back(cores_.free.units());
  for (const auto& [index, card] : gpus_) {
    out.push_back(card.free.units());
    out.push_back(static_cast<int64_t>(card.used));
  }
  out.push_back(static_cast<int64_t>(used_memory_));
  for (const auto& [name, stock] : custom_) out.push_back(stock.free.units());
}

std::vector<int> Room::free_enough(const Resources& needs) const {
  std::vector<int> out;
  for (const auto& [index, card] : gpus_)
    if (card.free >= part_of_each(needs) && (!needs.gpu || *needs.gpu == index) && (needs.gpus <= 1 || !card.instance)) out.push_back(index);
  return out;
}

const std::string* Room::scarce(const Resources& needs) const {
  for (const auto& [name, amount] : needs.custom)
    if (Amount::of(amount) > free_custom(name)) return &name;
  return nullptr;
}

Lack Room::lack(const Resources& needs) const {
  if (draining_) return Lack::other;
  if (Amount::of(needs.cores) > cores_.free) return Lack::cores;
  if (needs.gpus > 0) {
    const auto cards = free_enough(needs);
    const auto has_memory = [&](int index) { return gpus_.at(index).free_memory() >= needs.gpu_memory; };
    if (cards.size() < number_of_gpus(needs)) return Lack::gpus;
    if (static_cast<size_t>(std::ranges::count_if(cards, has_memory)) < number_of_gpus(needs)) return Lack::gpu_memory;
  }
  if (needs.memory > free_memory()) return Lack::memory;
  return scarce(needs) ? Lack::other : Lack::nothing;
}

std::string Room::objection(const Resources& needs) const {
  if (draining_) return "is being drained";
  switch (lack(needs)) {
    case Lack::nothing:
      return {};
    case Lack::cores:
      return too_few(cores_.free, cores_.total.value(), "core", Amount::of(needs.cores));
    case Lack::gpus:
      return few_gpus(needs);
    case Lack::gpu_memory:
      return little_gpu_memory(needs);
    case Lack::memory:
      return little(free_memory(), memory_, "memory free", needs.memory);
    case Lack::other: {
      const std::string& name = *scarce(needs);
      const auto i = custom_.find(name);
      if (i == custom_.end()) return "has no " + name;
      return "has " + digits(i->second.free.value()) + " of " + digits(i->second.total.value()) + " " + name + " free, " +
             digits((Amount::of(needs.custom.at(name)) - i->second.free).value()) + " too few";
    }
  }
  return {};
}

std::string Room::few_gpus(const Resources& needs) const {
  if (gpus_.empty()) return "has no gpu";
  const auto short_of = [&](Amount free) { return " free, " + digits((part_of_each(needs) - free).value()) + " too few"; };
  if (needs.gpu) {
    const auto card = gpus_.find(*needs.gpu);
    const std::string name = "gpu " + std::to_string(*needs.gpu);
    if (card == gpus_.end()) return "has no " + name;
    return "has " + digits(card->second.free.value()) + " of " + name + short_of(card->second.free);
  }
  if (needs.gpus < 1) {
    Amount best;
    for (const auto& [index, card] : gpus_) best = std::max(best, card.free);
    return "has at most " + digits(best.value()) + " of a gpu" + short_of(best);
  }
  const bool cut = std::ranges::any_of(gpus_, [](const auto& card) { return card.second.instance; });
  return too_few(Amount::whole(static_cast<int64_t>(free_enough(needs).size())), static_cast<double>(gpus_.size()), "gpu",
                 Amount::of(needs.gpus)) +
         (cut ? "; a process sees one instance of a gpu, and no other" : "");
}

/// Of those that could be given, by what is free of them, the one that is too many.
std::string Room::little_gpu_memory(const Resources& needs) const {
  auto cards = free_enough(needs);
  std::ranges::sort(cards, std::greater{}, [this](int index) { return std::pair(gpus_.at(index).free_memory(), -index); });
  const int index = cards[number_of_gpus(needs) - 1];
  const Card& card = gpus_.at(index);
  const std::string name = "gpu " + std::to_string(index);
  if (card.memory == 0) return "does not know how much memory " + name + " has";
  return little(card.free_memory(), card.memory, "memory free on " + name, needs.gpu_memory);
}

std::vector<std::vector<int>> Room::gpu_choices(const Resources& needs) const {
  if (needs.gpus <= 0) return {{}};
  auto cards = free_enough(needs);
  std::erase_if(cards, [&](int index) { return gpus_.at(index).free_memory() < needs.gpu_memory; });
  // What nobody asks for by name first, then the fullest, so that whole ones and large ones stay so.
  const auto rank = [this](int index) {
    const Card& card = gpus_.at(index);
    return std::tuple(spared_.contains(index), card.free, card.free_memory(), !card.instance);
  };
  std::ranges::stable_sort(cards, {}, rank);
  std::vector<std::vector<int>> out;
  if (number_of_gpus(needs) == 1) {  // of those that are equally full, one
    for (size_t k = 0; k < cards.size(); ++k)
      if (k == 0 || rank(cards[k]) != rank(cards[k - 1])) out.push_back({cards[k]});
    return out;
  }
  const auto first = [&] {
    std::vector<int> some(cards.begin(), cards.begin() + static_cast<ptrdiff_t>(std::min(cards.size(), number_of_gpus(needs))));
    std::ranges::sort(some);
    return some;
  };
  out.push_back(first());
  // Nobody who comes later, asked for by name or not, can want more than all but the smallest.
  std::ranges::stable_sort(cards, {}, [this](int index) { return gpus_.at(index).free_memory(); });
  if (auto smallest = first(); smallest != out[0]) out.push_back(std::move(smallest));
  return out;
}

Expected<void> Room::take(const Resources& needs, const std::vector<int>& gpus) {
  if (auto why = nonsense(needs); !why.empty()) return fail(Ec::malformed, why);
  if (auto why = objection(needs); !why.empty()) return fail(Ec::failed, "node " + name_ + " " + why, lack(needs));
  const size_t count = number_of_gpus(needs);
  if (gpus.size() != count || std::set<int>(gpus.begin(), gpus.end()).size() != count)
    return fail(Ec::malformed,
                "node " + name_ + ": " + std::to_string(gpus.size()) + " gpus were named for " + digits(needs.gpus));
  for (const int index : gpus) {
    const auto i = gpus_.find(index);
    const std::string name = "gpu " + std::to_string(index);
    if (i == gpus_.end()) return fail(Ec::failed, "node " + name_ + " has no " + name, Lack::gpus);
    if (needs.gpu && *needs.gpu != index)
      return fail(Ec::malformed, "node " + name_ + ": " + name + " was named for gpu " + std::to_string(*needs.gpu));
    if (needs.gpus > 1 && i->second.instance)
      return fail(Ec::failed, "node " + name_ + ": " + name + " is an instance of one, and cannot be had beside others", Lack::gpus);
    if (i->second.free < part_of_each(needs)) return fail(Ec::failed, "node " + name_ + ": " + name + " is taken", Lack::gpus);
    if (i->second.free_memory() < needs.gpu_memory)
      return fail(Ec::failed, "node " + name_ + ": the memory of " + name + " is taken", Lack::gpu_memory);
  }
  for (const int index : gpus) {
    Card& card = gpus_.at(index);
    card.free = card.free - part_of_each(needs);
    card.used += needs.gpu_memory;
  }
  cores_.free = cores_.free - Amount::of(needs.cores);
  used_memory_ += needs.memory;
  for (const auto& [name, amount] : needs.custom)
    if (amount > 0) custom_[name].free = custom_[name].free - Amount::of(amount);
  return {};
}

void Room::give_back(const Resources& needs, const std::vector<int>& gpus) {
  for (const int index : gpus) {
    Card& card = gpus_.at(index);
    card.free = card.free + part_of_each(needs);
    card.used -= needs.gpu_memory;
  }
  cores_.free = cores_.free + Amount::of(needs.cores);
  used_memory_ -= needs.memory;
  for (const auto& [name, amount] : needs.custom)
    if (amount > 0) custom_[name].free = custom_[name].free + Amount::of(amount);
}

Expected<void> Ledger::join(const NodeSpec& node) {
  if (auto why = nonsense({.cores = node.cores, .memory = node.memory, .custom = node.custom}, "has"); !why.empty())
    return fail(Ec::malformed, "node " + node.name + " " + why);
  if (node.gpus.size() > NodeSpec::most_gpus)
    return fail(Ec::malformed, "node " + node.name + " has " + counted(static_cast<double>(node.gpus.size()), "gpu") + ", more than the " +
                                   std::to_string(NodeSpec::most_gpus) + " that there can be");
  std::set<int> indices;
  for (const Gpu& gpu : node.gpus) indices.insert(gpu.index);
  if (!indices.empty() && *indices.begin() < 0) return fail(Ec::malformed, "node " + node.name + " names a gpu below 0");
  if (indices.size() != node.gpus.size())
    return fail(Ec::malformed, "node " + node.name + " names a gpu twice");
  if (!nodes_.try_emplace(node.name, node).second)
    return fail(Ec::duplicate, "a node " + node.name + " is here already");
  return {};
}

std::vector<Ledger::Id> Ledger::leave(const std::string& node) {
  std::vector<Id> gone;
  if (nodes_.erase(node) == 0) return gone;
  std::erase_if(leases_, [&](const auto& lease) {
    if (lease.second.what.node != node) return false;
    gone.push_back(lease.first);
    return true;
  });
  return gone;
}

bool Ledger::drain(const std::string& node, bool on) {
  const auto i = nodes_.find(node);
  if (i == nodes_.end()) return false;
  i->second.drain(on);
  return true;
}

bool Ledger::draining(const std::string& node) const {
  const auto i = nodes_.find(node);
  return i != nodes_.end() && i->second.draining();
}

Expected<std::vector<Ledger::Id>> Ledger::reserve(const std::vector<Assigned>& group) {
  size_t taken = 0;
  Expected<void> done;
  for (; taken < group.size(); ++taken) {
    const Assigned& one = group[taken];
    const auto i = nodes_.find(one.node);
    done =
        i == nodes_.end() ? fail(Ec::unreachable, "there is no node " + one.node) : i->second.take(one.needs, one.gpus);
    if (!done) break;
  }
  if (!done) {
    const std::string& name = group[taken].name;
    while (taken-- > 0) nodes_.at(group[taken].node).give_back(group[taken].needs, group[taken].gpus);
    return fail(done.error().code, name + " cannot be placed: " + done.error().what, done.error().lack);
  }
  std::vector<Id> ids;
  for (const Assigned& one : group) {
    leases_[next_] = {one};
    ids.push_back(next_++);
  }
  return ids;
}

Expected<void> Ledger::commit(Id id) {
  const auto i = leases_.find(id);
  if (i == leases_.end()) return fail(Ec::stranger, "there is no lease " + std::to_string(id));
  if (i->second.committed) return fail(Ec::duplicate, "lease " + std::to_string(id) + " was committed before");
  i->second.committed = true;
  return {};
}

Expected<void> Ledger::release(Id id) {
  const auto i = leases_.find(id);
  if (i == leases_.end()) return fail(Ec::stranger, "there is no lease " + std::to_string(id));
  nodes_.at(i->second.what.node).give_back(i->second.what.needs, i->second.what.gpus);
  leases_.erase(i);
  return {};
}

std::map<int, uint64_t> Ledger::used_gpu_memory(const std::string& node) const {
  const auto i = nodes_.find(node);
  return i == nodes_.end() ? std::map<int, uint64_t>{} : i->second.used_gpu_memory();
}

std::vector<Room> Ledger::view() const {
  std::vector<Room> out;
  for (const auto& [name, room] : nodes_) out.push_back(room);
  return out;
}

}  // namespace zenops

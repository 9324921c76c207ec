#include "runtime/placer.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>

namespace zenops {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& name) {
  return std::ranges::find(list, name) != list.end();
}

/// Why something may not be on a node, or does not fit there: a sentence without its subject; empty: nothing stands against it.
struct Objection {
  std::string says = {};
  Lack lack = Lack::other;
};

/// Sentences about nodes, not more than somebody reads.
class Sentences {
 public:
  void add(const std::string& node, const Objection& objection) {
    if (lack_ == Lack::nothing || objection.lack < lack_) lack_ = objection.lack;
    if (++count_ <= 8) text_ += (text_.empty() ? "" : ", ") + std::string("node ") + node + " " + objection.says;
  }
  bool empty() const { return count_ == 0; }
  Lack lack() const { return lack_; }
  std::string text() const {
    return text_ + (count_ > 8 ? " and so on with " + std::to_string(count_ - 8) + " more" : "");
  }

 private:
  std::string text_;
  size_t count_ = 0;
  Lack lack_ = Lack::nothing;
};

std::string nodes(size_t n) { return std::to_string(n) + (n == 1 ? " node" : " nodes"); }

/// The search for one request: depth first over the bundles, those with the fewest choices first.
class Search {
 public:
  Search(const PlacementRequest& request, std::vector<Room> rooms, size_t steps)
      : request_(request), rooms_(std::move(rooms)), steps_(steps) {
    std::ranges::sort(rooms_, {}, &Room::name);
    spare_gpus(request_.bundles, rooms_);
  }

  Expected<std::vector<Assigned>> run() {
    if (auto bad = contradiction(); !bad.empty()) return fail(Ec::malformed, bad);
    if (request_.bundles.empty()) return std::vector<Assigned>{};
    if (rooms_.empty()) return fail(Ec::failed, request_.bundles[0].name + " has no place: there is no node");
    for (const Bundle& bundle : request_.bundles)
      if (const auto why = objection_to_all(bundle, rooms_)) return refused(*why);
    // What is avoided is avoided as long as that leaves a placement at all.
    const bool choosy = std::ranges::any_of(request_.bundles, [](const Bundle& b) { return !b.avoid.empty(); });
    for (const bool avoiding : {true, false}) {
      if (avoiding && !choosy) continue;
      avoiding_ = avoiding;
      prepare();
      if (auto found = best()) return std::move(*found);
    }
    return refused(why_not());
  }

 private:
  struct Range {
    size_t least, most;  // nodes in use
  };
  static tl::unexpected<Error> refused(const Objection& why) { return fail(Ec::failed, why.says, why.lack); }

  std::string contradiction() const {
    for (const Bundle& b : request_.bundles) {
      if (auto why = nonsense(b.needs); !why.empty()) return b.name + " " + why;
      if (!b.on.empty() && std::ranges::none_of(rooms_, [&](const Room& r) { return r.name() == b.on; }))
        return b.name + " is to be on node " + b.on + ", which is not here";
      if (b.near.empty()) continue;
      const auto i = request_.places.find(b.near);
      if (i == request_.places.end()) return b.name + " is to be near " + b.near + ", whose place is not known";
      if (std::ranges::none_of(rooms_, [&](const Room& r) { return r.name() == i->second; }))
        return b.name + " is to be near " + b.near + ", whose node " + i->second + " is not here";
    }
    return {};
  }

  /// Why a bundle may not be on a node, whatever is free there; empty: it may.
  std::string barred(const Bundle& b, const Room& room) const {
    if (contains(b.never, room.name())) return "is not to be used for it";
    if (!b.on.empty() && b.on != room.name()) return "is not " + b.on;
    if (!b.near.empty()) {
      const std::string& node = request_.places.at(b.near);
      const auto at = std::ranges::find(rooms_, node, &Room::name);
      if (at->name() != room.name() && (at->host() != room.host() || room.host().empty()))
        return "is not on the host of " + b.near;
    }
    return {};
  }

  Objection objection(const Bundle& b, const Room& room) const {
    if (auto why = barred(b, room); !why.empty()) return {why};
    return {room.objection(b.needs), room.lack(b.needs)};
  }

  /// Of a bundle that fits nowhere: what each node lacks. None: there is a node for it.
  std::optional<Objection> objection_to_all(const Bundle& b, const std::vector<Room>& rooms, const std::string& when = {}) const {
    Sentences why;
    for (const Room& room : rooms) {
      if (!b.on.empty() && room.name() != b.on) continue;
      const Objection one = objection(b, room);
      if (one.says.empty()) return {};
      why.add(room.name(), one);
    }
    return Objection{b.name + " needs " + to_string(b.needs) + when + ": " + why.text(), why.lack()};
  }

  bool may(const Bundle& b, const Room& room) const {
    return barred(b, room).empty() && !(avoiding_ && contains(b.avoid, room.name()));
  }

  void prepare() {
    const size_t count = request_.bundles.size();
    allowed_.assign(count, {});
    useful_.clear();
    for (size_t i = 0; i < count; ++i)
      for (size_t n = 0; n < rooms_.size(); ++n)
        if (may(request_.bundles[i], rooms_[n]) && rooms_[n].fits(request_.bundles[i].needs)) {
          allowed_[i].push_back(n);
          useful_.insert(n);
        }
    order_.resize(count);
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::ranges::stable_sort(order_, [this](size_t a, size_t b) { return hardness(a) < hardness(b); });
  }

  /// Bundles that have few nodes, and need much, come first; before them those that need a certain GPU, for others can have another.
  std::tuple<bool, size_t, double, double, double, double, double> hardness(size_t i) const {
    const Resources& r = request_.bundles[i].needs;
    double custom = 0;
    for (const auto& [name, amount] : r.custom) custom += amount;
    return {!r.gpu, allowed_[i].size(), -r.gpus, -static_cast<double>(r.gpu_memory), -custom, -r.cores, -static_cast<double>(r.memory)};
  }

  /// By strategy: which numbers of nodes are tried, the best first.
  std::optional<std::vector<Assigned>> best() {
    const size_t bundles = order_.size(), limit = std::min(bundles, useful_.size());
    std::vector<Range> ranges;
    switch (request_.strategy) {
      case Strategy::strict_pack:
        ranges.push_back({1, 1});
        break;
      case Strategy::strict_spread:
        ranges.push_back({bundles, bundles});
        break;
      case Strategy::pack:
        for (size_t k = fewest(); k <= limit; ++k) ranges.push_back({1, k});
        break;
      case Strategy::spread:
        for (size_t k = limit; k >= 1; --k) ranges.push_back({k, bundles});
        break;
    }
    for (const Range range : ranges)
      if (auto found = search(range)) return found;
    return {};
  }

  /// No placement has fewer nodes: what is needed in all does not fit into the largest ones.
  size_t fewest() const {
    Resources sum;
    for (const Bundle& b : request_.bundles) {
      sum.cores += b.needs.cores;
      sum.gpus += b.needs.gpus;
    }
    const auto enough = [&](double needed, auto free) {
      std::vector<double> sizes;
      for (const size_t n : useful_) sizes.push_back(free(rooms_[n]).value());
      std::ranges::sort(sizes, std::greater{});
      size_t k = 0;
      for (double have = 0; k < sizes.size() && have + 1e-3 * static_cast<double>(order_.size() + 1) < needed; ++k)
        have += sizes[k];
      return k;
    };
    return std::max({size_t{1}, enough(sum.cores, [](const Room& r) { return r.free_cores(); }),
                     enough(sum.gpus, [](const Room& r) { return r.free_gpus(); })});
  }

  std::optional<std::vector<Assigned>> search(Range range) {
    range_ = range;
    taken_ = 0;
    deepest_.reset();
    chosen_.assign(order_.size(), {});
    here_.assign(rooms_.size(), 0);
    used_ = 0;
    dead_ends_.clear();
    if (!descend(0)) return {};
    return std::move(chosen_);
  }

  bool descend(size_t depth) {
    if (used_ + (order_.size() - depth) < range_.least) return false;
    if (depth == order_.size()) return true;
    if (++taken_ > steps_) return false;
    auto state = state_at(depth);
    if (dead_ends_.contains(state)) return false;
    const size_t i = order_[depth];
    const Bundle& bundle = request_.bundles[i];
    for (const size_t n : candidates(i)) {
      if (here_[n] == 0 && used_ + 1 > range_.most) continue;
      if (request_.strategy == Strategy::strict_spread && here_[n] > 0) continue;
      for (auto& gpus : rooms_[n].gpu_choices(bundle.needs)) {
        if (!rooms_[n].take(bundle.needs, gpus)) continue;
        if (here_[n]++ == 0) ++used_;
        chosen_[i] = {bundle.name, rooms_[n].name(), bundle.needs, gpus};
        if (descend(depth + 1)) return true;
        if (--here_[n] == 0) --used_;
        rooms_[n].give_back(bundle.needs, gpus);
      }
    }
    if (!deepest_ || depth > deepest_->depth) deepest_ = {depth, rooms_, here_};
    if (taken_ <= steps_) dead_ends_.insert(std::move(state));
    return false;
  }

  /// All that what follows depends on. Alike bundles that changed places lead to the same.
  std::vector<int64_t> state_at(size_t depth) const {
    std::vector<int64_t> state{static_cast<int64_t>(depth)};
    for (size_t n = 0; n < rooms_.size(); ++n) {
      state.push_back(here_[n] > 0);
      rooms_[n].append_state(state);
    }
    return state;
  }

  /// Where bundle i may go, the best first.
  std::vector<size_t> candidates(size_t i) const {
    std::vector<size_t> out;
    for (const size_t n : allowed_[i])
      if (rooms_[n].fits(request_.bundles[i].needs)) out.push_back(n);
    const Bundle& bundle = request_.bundles[i];
    const bool spread = request_.strategy == Strategy::spread || request_.strategy == Strategy::strict_spread;
    std::ranges::stable_sort(out, {}, [&, this](size_t n) {
      const bool avoided = contains(bundle.avoid, rooms_[n].name());
      // Packed: beside others of the group, then where most is taken already. Spread: the other way round.
      if (spread) return std::tuple(avoided, static_cast<double>(here_[n]), -rooms_[n].free_share());
      return std::tuple(avoided, here_[n] > 0 ? 0.0 : 1.0, rooms_[n].free_share());
    });
    return out;
  }

  Objection why_not() const {
    const size_t count = order_.size();
    const std::string all = std::to_string(count) + " bundles";
    std::string more = taken_ > steps_ ? "; the search was cut off after " + std::to_string(steps_) + " steps" : "";
    if (request_.strategy == Strategy::strict_spread && useful_.size() < count) {
      const Sentences why = idle();
      return {"strict_spread: " + all + " need a node each, and " + nodes(useful_.size()) + " can take any of them" +
                  (why.empty() ? "" : ": " + why.text()),
              why.lack()};
    }
    if (request_.strategy == Strategy::strict_pack) {
      const Sentences why = each_alone();
      return {"strict_pack: " + all + " do not fit on one node: " + why.text() + more, why.lack()};
    }
    if (!deepest_) return {all + " have no placement" + more};
    const Bundle& bundle = request_.bundles[order_[deepest_->depth]];
    if (request_.strategy == Strategy::strict_spread) {
      Sentences why;
      for (const Room& room : rooms_) {
        Objection one = objection(bundle, room);
        if (one.says.empty()) one = {"is another's"};
        why.add(room.name(), one);
      }
      return {"strict_spread: " + bundle.name + " needs " + to_string(bundle.needs) + " on a node of its own: " + why.text() + more,
              why.lack()};
    }
    auto why = objection_to_all(bundle, deepest_->rooms, beside(deepest_->depth));
    if (!why) why = Objection{all + " have no placement"};
    return {why->says + more, why->lack};
  }

  static std::string beside(size_t others) {
    return others == 0
               ? ""
               : " beside the " + std::to_string(others) + (others == 1 ? " other" : " others") + " placed before it";
  }

  /// The nodes that can take none.
  Sentences idle() const {
    Sentences why;
    for (size_t n = 0; n < rooms_.size(); ++n)
      if (!useful_.contains(n)) why.add(rooms_[n].name(), out_of_use(rooms_[n]));
    return why;
  }
  Objection out_of_use(const Room& room) const {
    Objection why = objection(request_.bundles[0], room);
    return why.says.empty() ? Objection{"is barred"} : why;
  }

  /// Of each node: the first bundle that does not fit on it beside those before.
  Sentences each_alone() const {
    Sentences why;
    for (const Room& node : rooms_) {
      Room room = node;
      for (size_t k = 0; k < order_.size(); ++k) {
        const Bundle& b = request_.bundles[order_[k]];
        Objection one = objection(b, room);
        if (!one.says.empty()) {
          one.says += " for " + b.name + beside(k);
          why.add(room.name(), one);
          break;
        }
        static_cast<void>(room.take(b.needs, room.gpu_choices(b.needs)[0]));
      }
    }
    return why;
  }

  const PlacementRequest& request_;
  std::vector<Room> rooms_;  // in the order of their names
  const size_t steps_;
  bool avoiding_ = false;
  std::vector<size_t> order_;                 // of the bundles
  std::vector<std::vector<size_t>> allowed_;  // by bundle: rooms that could take it alone
  std::set<size_t> useful_;                   // rooms that could take any
  Range range_{};
  size_t taken_ = 0, used_ = 0;
  std::vector<Assigned> chosen_;
  std::vector<int> here_;  // by room: bundles of this request
  std::set<std::vector<int64_t>> dead_ends_;
  struct Deepest {
    size_t depth;
    std::vector<Room> rooms;
    std::vector<int> here;
  };
  std::optional<Deepest> deepest_;  // where the search came furthest
};

}  // namespace

std::string_view to_string(Strategy strategy) {
  switch (strategy) {
    case Strategy::pack:
      return "pack";
    case Strategy::spread:
      return "spread";
    case Strategy::strict_pack:
      return "strict_pack";
    case Strategy::strict_spread:
      return "strict_spread";
  }
  return "unknown";
}

void spare_gpus(const std::vector<Bundle>& bundles, std::vector<Room>& nodes) {
  for (const Bundle& b : bundles)
    for (Room& room : nodes)
      if (b.needs.gpu && (b.on.empty() || b.on == room.name())) room.spare(*b.needs.gpu);
}

Expected<std::vector<Assigned>> place(const PlacementRequest& request, std::vector<Room> nodes, size_t steps) {
  return Search(request, std::move(nodes), steps).run();
}

}  // namespace zenops

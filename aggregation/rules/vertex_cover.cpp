#include "aggregation/rules/vertex_cover.hpp"

#include <algorithm>

namespace zenops {

/// What is left of the graph while vertices are taken, one branch at a time.
struct VertexCover::Search {
  const std::vector<std::vector<size_t>>& neighbours;
  std::vector<size_t> degree;  // among those that are left
  std::vector<bool> gone;      // taken
  std::vector<size_t> order;   // in which they were taken
  size_t edges = 0;

  void take(size_t v) {
    gone[v] = true;
    order.push_back(v);
    edges -= degree[v];
    for (const size_t u : neighbours[v])
      if (!gone[u]) --degree[u];
  }

  void put_back_to(size_t size) {
    while (order.size() > size) {
      const size_t v = order.back();
      order.pop_back();
      gone[v] = false;
      edges += degree[v];
      for (const size_t u : neighbours[v])
        if (!gone[u]) ++degree[u];
    }
  }

  void take_neighbours(size_t v) {
    for (const size_t u : neighbours[v])
      if (!gone[u]) take(u);
  }

  /// Takes at most `most` in all and covers every edge, or leaves everything as it was.
  bool finish(size_t most) {
    const size_t before = order.size();
    while (edges > 0) {
      size_t widest = degree.size(), leaf = degree.size();
      for (size_t v = 0; v < degree.size(); ++v) {
        if (gone[v] || degree[v] == 0) continue;
        if (degree[v] == 1) leaf = v;
        if (widest == degree.size() || degree[v] > degree[widest]) widest = v;
      }
      const size_t room = most - order.size();
      if (edges > room * degree[widest]) break;
      if (leaf < degree.size()) {
        take_neighbours(leaf);
      } else if (degree[widest] <= 2 || degree[widest] > room) {
        take(widest);
      } else {
        const size_t here = order.size();
        take(widest);
        if (finish(most)) return true;
        put_back_to(here);
        take_neighbours(widest);
      }
    }
    if (edges == 0) return true;
    put_back_to(before);
    return false;
  }
};

bool VertexCover::add(size_t i, size_t j) {
  if (state_[i] == kept && state_[j] == kept) return false;
  const auto connect = [&] {
    neighbours_[i].push_back(j);
    neighbours_[j].push_back(i);
  };
  if (covers(i) || covers(j)) {
    connect();
    return true;
  }
  if (size_ < most_) {
    connect();
    state_[state_[i] == kept ? j : i] = taken;
    ++size_;
    return true;
  }

  connect();
  Search search{.neighbours = neighbours_, .degree = {}, .gone = std::vector<bool>(state_.size()), .order = {}};
  for (const auto& u : neighbours_) {
    search.degree.push_back(u.size());
    search.edges += u.size();
  }
  search.edges /= 2;
  for (size_t v = 0; v < state_.size(); ++v)
    if (state_[v] == kept) search.take_neighbours(v);
  if (search.order.size() <= most_ && search.finish(most_)) {
    for (size_t v = 0; v < state_.size(); ++v)
      if (state_[v] != kept) state_[v] = search.gone[v] ? taken : open;
    size_ = search.order.size();
    return true;
  }
  neighbours_[i].pop_back();
  neighbours_[j].pop_back();
  return false;
}

bool VertexCover::settled() const { return std::ranges::count(state_, open) == 0; }

}  // namespace zenops

#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace zenops {

/// A graph that grows edge by edge as long as f of its n vertices touch every edge.
///
/// Search of bounded depth (Cygan et al. 2015, Parameterized Algorithms, Theorem 3.3): a vertex with more neighbours
/// than may be taken is taken; of a vertex with one neighbour the neighbour is; on a cycle any is; and a vertex with
/// three or more is taken or all its neighbours are. T(f) = T(f − 1) + T(f − 3) = O(1.4656^f) steps of O(n) each. Most
/// edges take none: the cover that was found for those before has them covered, or has room for one more.
class VertexCover {
 public:
  VertexCover(size_t vertices, size_t most) : neighbours_(vertices), state_(vertices), most_(most) {}

  /// Whether the edge can be added: a cover of all edges is left that takes at most `most` vertices and none that must
  /// be kept. If not, nothing changes. i ≠ j; an edge is added once.
  bool add(size_t i, size_t j);
  /// From now on no cover takes it. Both ends of an edge that could not be added can be kept: no cover has them.
  void keep(size_t i) { state_[i] = kept; }
  /// Whether every vertex that is not covered is kept: nothing can be added any more that is not covered already.
  bool settled() const;
  /// Whether the cover of the edges so far takes it.
  bool covers(size_t i) const { return state_[i] == taken; }

 private:
  enum State : uint8_t { open, taken, kept };
  struct Search;

  std::vector<std::vector<size_t>> neighbours_;
  std::vector<State> state_;
  size_t most_, size_ = 0;  // of the cover
};

}  // namespace zenops

#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "models/dataset.hpp"

namespace zenops {

/// "gamma_similarity", as in a config.
std::string_view to_string(PartitionKind kind);

/// Which training samples belong to whom: a part for each worker, and the last one, which is the validators' and shared by
/// all of them. Every sample is in one of these parts. Where liars have no data of their own, the parts are those of the
/// honest: the k-th liar then has the same samples as the honest worker k mod h of the h there are.
///
/// A pure function of its arguments. Shares that are drawn are drawn anew, 20 times at most, while a worker has less than a
/// batch.
class Partition {
 public:
  /// Of samples whose labels do not matter: in equal parts, whose sizes differ by at most one, the first ones longer.
  /// Throws UserError (bad_config) when a part would hold less than one batch, naming the numbers.
  Partition(PartitionKind kind, size_t samples, uint32_t workers, uint32_t batch, uint64_t seed);
  /// As `options` say: partition, alpha, gamma, trusted, liars and batch. `liars` are the workers that an attack names, in
  /// ascending order. O(samples + workers × classes). Throws UserError (bad_config) with the numbers when somebody would hold
  /// less than one batch, when nobody is honest, and for partitions by label of samples that have several.
  Partition(const DataOptions& options, const Samples& samples, uint32_t workers, uint64_t seed,
            std::span<const uint32_t> liars = {});

  uint32_t workers() const { return static_cast<uint32_t>(holders_.size()); }
  /// That of a worker; the validators' for index = workers().
  std::span<const uint32_t> part(uint32_t index) const;
  std::span<const uint32_t> trusted() const { return part(workers()); }
  /// What an epoch is counted in, a pass of a worker over its part: the mean size of the workers' parts, rounded down.
  size_t mean_part() const;

 private:
  void make(const DataOptions& options, const Samples* samples, size_t count, uint32_t workers, uint64_t seed,
            std::span<const uint32_t> liars);
  std::vector<uint32_t> order_;    // the parts one after the other
  std::vector<size_t> places_{0};  // where each begins, and the end
  std::vector<uint32_t> holders_;  // by worker: which part is its
};

}  // namespace zenops

#pragma once
#include <array>
#include <span>
#include <string>

#include "aggregation/server_options.hpp"

namespace zenops {

/// What the server does with Δ, what the rules made of a round's rows. With s = sign(v − Δ²), and m = 0 and v = τ² at first:
///   sgd       w ← w + lr Δ
///   momentum  m ← β m + Δ,              w ← w + lr m                         (Hsu, Qi and Brown 2019: FedAvgM)
///   adam      m ← β₁ m + (1 − β₁) Δ,    v ← β₂ v + (1 − β₂) Δ²,      w ← w + lr m / (√v + τ)
///   yogi      the same with             v ← v − (1 − β₂) Δ² s
///   adagrad   the same with             v ← v + Δ²                           (Reddi et al. 2021, Algorithm 2)
/// There is no correction for the first rounds, as there is none in the paper. Immutable; usable from any thread.
class ServerOptimizer {
 public:
  static constexpr size_t most_moments = 2;
  using Moments = std::array<std::span<float>, most_moments>;  // m, v; those that there are not are empty

  explicit ServerOptimizer(const ServerOptions& options) : options_(options) {}
  /// How many numbers it remembers of each parameter: 0, 1 (m) or 2 (m and v).
  size_t moments() const;
  /// What they are called where they are kept, and what they are at first.
  static std::string name(size_t moment) { return moment == 0 ? "server/m" : "server/v"; }
  float initial(size_t moment) const { return moment == 0 ? 0 : options_.tau * options_.tau; }
  const ServerOptions& options() const { return options_; }
  /// Of sgd, which has nothing else to do.
  float lr() const { return options_.lr; }
  /// One step in place, over vectors of equal length, for an optimizer that has moments. A moment below 2⁻¹⁰⁰ is 0: bits do not depend on
  /// whether a thread flushes denormals. A Δ whose square is Inf stops its parameter for good and makes no NaN.
  void step(std::span<float> weights, std::span<const float> change, Moments moments) const;

 private:
  ServerOptions options_;
};

}  // namespace zenops

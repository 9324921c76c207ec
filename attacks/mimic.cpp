#include <algorithm>
#include <cmath>

#include "attacks/collusion.hpp"
#include "attacks/sums.hpp"

namespace zenops {
namespace {

/// A copy of one honest row, so that this worker's data count for more than they should where workers' data differ (Karimireddy, He,
/// Jaggi 2022). `who` counts honest rows in the order of their workers, modulo how many there are. The same on gradients. O(d).
void mimic(const Knowledge& known, const Parameters& parameters, AttackMemory&, Stream&, std::span<float> lie) {
  std::ranges::copy(known.rows[static_cast<size_t>(parameters.at("who")) % known.honest], lie.begin());
}

/// What mimic_warmup remembers: [rounds so far, who was copied last], and during warm-up (2 d) more: μ, then z.
class Warmup {
 public:
  Warmup(AttackMemory& memory, size_t d) : memory_(memory), d_(d) {
    if (memory_.size() != 2 && memory_.size() != 2 + 2 * d) memory_.assign(2, 0.0f);
  }
  float& rounds() { return memory_[0]; }
  float& who() { return memory_[1]; }
  void make_room() { memory_.resize(2 + 2 * d_); }
  void forget_direction() {
    memory_.resize(2);
    memory_.shrink_to_fit();
  }
  std::span<float> mean() { return std::span(memory_).subspan(2, d_); }
  std::span<float> direction() { return std::span(memory_).subspan(2 + d_, d_); }

 private:
  AttackMemory& memory_;
  size_t d_;
};

/// z = ((1 − rate) z + rate Σ_i ⟨x_i − μ, z⟩ (x_i − μ) / ‖…‖), of length 1; as it was where that is 0.
void turn(const Knowledge& known, std::span<const float> mean, double rate, std::span<float> z) {
  std::vector<double> step(z.size());
  for (const auto& row : known.rows) {
    const double weight = sum_of(z.size(), [&](size_t i) { return (double{row[i]} - mean[i]) * z[i]; });
    for (size_t i = 0; i < z.size(); ++i) step[i] += weight * (double{row[i]} - mean[i]);
  }
  const auto length = [&] { return std::sqrt(sum_of(step.size(), [&](size_t i) { return step[i] * step[i]; })); };
  const double moved = length();
  if (!(moved > 0)) return;
  for (size_t i = 0; i < z.size(); ++i) step[i] = (1 - rate) * z[i] + rate * step[i] / moved;
  const double whole = length();
  for (size_t i = 0; i < z.size() && whole > 0; ++i) z[i] = static_cast<float>(step[i] / whole);
}

/// mimic of whoever stands furthest along the direction z in which honest rows vary most (Karimireddy, He, Jaggi 2022, appendix; as
/// their code does it): in round t = 0, 1, … of the first `warmup` ones μ ← t/(t+1) μ + mean/(t+1), and z likewise follows a step of the
/// power method on the rows' covariance about μ; it copies argmax_i ⟨x_i, z⟩. Whom it copied last it copies from then on; honest rows
/// are counted in the order of their workers, modulo how many there are. z begins as normal numbers. The sign of z, and with it of
/// gradients or steps, is chance. O(h d) during warm-up, then O(d); in memory two numbers, during warm-up 2 d more.
void mimic_warmup(const Knowledge& known, const Parameters& parameters, AttackMemory& memory, Stream& stream, std::span<float> lie) {
  const size_t d = lie.size();
  Warmup state(memory, d);
  const double t = state.rounds();
  if (t < parameters.at("warmup")) {
    const bool first = t == 0;
    state.make_room();
    const auto mean = state.mean(), z = state.direction();
    for (size_t i = 0; i < d; ++i)
      mean[i] = first ? known.mean[i] : static_cast<float>((t * mean[i] + known.mean[i]) / (t + 1));
    for (size_t i = 0; first && i < d; ++i) z[i] = stream.normal();
    turn(known, mean, 1 / (t + 1), z);
    size_t furthest = 0;
    double most = -INFINITY;
    for (size_t k = 0; k < known.honest; ++k)
      if (const double far = dot(known.rows[k], z); far > most) {
        most = far;
        furthest = k;
      }
    state.rounds() = static_cast<float>(t + 1);
    state.who() = static_cast<float>(furthest);
    if (t + 1 >= parameters.at("warmup")) state.forget_direction();
  }
  std::ranges::copy(known.rows[static_cast<size_t>(state.who()) % known.honest], lie.begin());
}

constexpr const char* source = "Karimireddy, He, Jaggi 2022 (Byzantine-robust learning on heterogeneous datasets)";

}  // namespace

AttackEntry mimic_entry() {
  return collusion({.name = "mimic",
                    .sentence = "copies one honest worker, whose data then count for more",
                    .source = source,
                    .parameters = {{.name = "who",
                                    .default_value = 0,
                                    .min = 0,
                                    .max = 65535,
                                    .integer = true,
                                    .sentence = "which of the honest workers, counted from 0 and modulo how many there are"}}},
                   Sight::rows, mimic);
}

AttackEntry mimic_warmup_entry() {
  return collusion({.name = "mimic_warmup",
                    .sentence = "copies the honest worker who stands out most in the direction in which honest rows vary most",
                    .source = source,
                    .parameters = {{.name = "warmup",
                                    .default_value = 200,
                                    .min = 1,
                                    .max = 1e6,
                                    .integer = true,
                                    .sentence = "for so many rounds it learns that direction; then it keeps to one worker"}}},
                   Sight::rows, mimic_warmup);
}

}  // namespace zenops

#include "models/optimizer.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <sstream>
#include <string>

#include "base/expected.hpp"
#include "base/loops.hpp"

namespace zenops {
namespace {

decltype(&sgd_step) step_of(const std::string& optimizer) {
  if (optimizer == "sgd") return sgd_step;
  if (optimizer == "nag") return nag_step;
  throw UserError(UserError::bad_config, "optimizer: there is no " + optimizer + ", only sgd and nag");
}

bool fits(const std::string& word, const Block& block) {
  if (block.buffer) return false;
  return word == "vectors" ? block.shape.size() <= 1 : fnmatch(word.c_str(), block.name.c_str(), 0) == 0;
}

/// By block, whether one of the words fits it.
std::vector<bool> named_by(const std::string& words, const Layout& layout) {
  std::vector<bool> named(layout.blocks().size());
  std::istringstream stream(words);
  for (std::string word; stream >> word;) {
    bool some = false;
    for (size_t b = 0; b < named.size(); ++b) {
      if (!fits(word, layout.blocks()[b])) continue;
      named[b] = some = true;
    }
    if (some) continue;
    std::string names;
    for (const Block& block : layout.blocks())
      if (!block.buffer) names += (names.empty() ? "" : ", ") + block.name;
    throw UserError(
        UserError::bad_config,
        "optimizer: no_decay: \"" + word + "\" fits none of the model's blocks, expected `vectors` or one of " + names);
  }
  return named;
}

}  // namespace

ZENOPS_LOOP void sgd_step(std::span<float> w, std::span<float> m, std::span<const float> g, const StepSizes& sizes) {
  float* __restrict weights = w.data(), * __restrict buffer = m.data();
  const float* __restrict gradient = g.data();
  const auto [lr, momentum, decay, clip] = sizes;
  for (size_t i = 0, n = w.size(); i < n; ++i) {
    buffer[i] = momentum * buffer[i] + lr * (clip * gradient[i] + decay * weights[i]);
    weights[i] -= buffer[i];
  }
}

ZENOPS_LOOP void nag_step(std::span<float> w, std::span<float> m, std::span<const float> g, const StepSizes& sizes) {
  float* __restrict weights = w.data(), * __restrict buffer = m.data();
  const float* __restrict gradient = g.data();
  const auto [lr, momentum, decay, clip] = sizes;
  for (size_t i = 0, n = w.size(); i < n; ++i) {
    const float s = lr * (clip * gradient[i] + decay * weights[i]);
    buffer[i] = momentum * buffer[i] + s;
    weights[i] -= momentum * buffer[i] + s;
  }
}

/// out = −(clip g + decay w).
ZENOPS_LOOP static void descend(std::span<float> out, std::span<const float> w, std::span<const float> g, float clip,
                                float decay) {
  float* __restrict way = out.data();
  const float* __restrict weights = w.data(), * __restrict gradient = g.data();
  for (size_t i = 0, n = out.size(); i < n; ++i) way[i] = -(clip * gradient[i] + decay * weights[i]);
}

/// m ← share m + (1 − share) u, u = m.
ZENOPS_LOOP static void average(std::span<float> m, std::span<float> u, float share) {
  float* __restrict mean = m.data(), * __restrict newest = u.data();
  const float rest = 1 - share;
  for (size_t i = 0, n = m.size(); i < n; ++i) mean[i] = newest[i] = share * mean[i] + rest * newest[i];
}

ZENOPS_LOOP double squared_norm(std::span<const float> x) {
  constexpr size_t lanes = 16;
  double sums[lanes] = {};
  const float* values = x.data();
  const size_t whole = x.size() / lanes * lanes;
  for (size_t i = 0; i < whole; i += lanes)
    for (size_t k = 0; k < lanes; ++k) sums[k] += static_cast<double>(values[i + k]) * values[i + k];
  for (size_t i = whole; i < x.size(); ++i) sums[i - whole] += static_cast<double>(values[i]) * values[i];
  double sum = 0;
  for (double s : sums) sum += s;
  return sum;
}

Optimizer::Optimizer(const OptimizerOptions& options, const Layout& layout)
    : step_(step_of(options.name)), momentum_(options.momentum), clip_norm_(options.clip_norm) {
  const auto exempt = named_by(options.no_decay, layout);
  for (size_t b = 0; b < exempt.size(); ++b) {
    const Block& block = layout.blocks()[b];
    if (block.buffer) continue;
    const float decay = exempt[b] ? 0 : options.weight_decay;
    if (!stretches_.empty()) {
      Stretch& last = stretches_.back();
      if (last.offset + last.size == block.offset && last.decay == decay) {
        last.size += block.size;
        continue;
      }
    }
    stretches_.push_back({block.offset, block.size, decay});
  }
}

void Optimizer::step(std::span<float> weights, std::span<float> momentum, std::span<const float> gradient,
                     float lr) const {
  assert(weights.size() == momentum.size() && weights.size() == gradient.size());
  const float shortened = clip(gradient);
  for (const auto& [offset, size, decay] : stretches_)
    step_(weights.subspan(offset, size), momentum.subspan(offset, size), gradient.subspan(offset, size),
          {lr, momentum_, decay, shortened});
}

float Optimizer::clip(std::span<const float> gradient) const {
  if (clip_norm_ <= 0) return 1;
  double square = 0;
  for (const auto& [offset, size, decay] : stretches_) square += squared_norm(gradient.subspan(offset, size));
  const double norm = std::sqrt(square);
  return norm > clip_norm_ ? static_cast<float>(clip_norm_ / norm) : 1;
}

void Optimizer::descent(std::span<float> out, std::span<const float> weights, std::span<const float> gradient) const {
  assert(out.size() == weights.size() && out.size() == gradient.size());
  const float shortened = clip(gradient);
  for (const auto& [offset, size, decay] : stretches_)
    descend(out.subspan(offset, size), weights.subspan(offset, size), gradient.subspan(offset, size), shortened, decay);
}

void Optimizer::mean_descent(std::span<float> momentum, std::span<float> out) const {
  assert(out.size() == momentum.size());
  for (const auto& [offset, size, decay] : stretches_)
    average(momentum.subspan(offset, size), out.subspan(offset, size), momentum_);
}

}  // namespace zenops

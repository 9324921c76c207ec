#include "models/dataset.hpp"

#include <algorithm>
#include <cassert>

#include "models/loops.hpp"

namespace zenops {
namespace {

ZENOPS_LOOP void normalise(float* __restrict out, const uint8_t* __restrict in, size_t n, float scale, float shift) {
  for (size_t i = 0; i < n; ++i) out[i] = static_cast<float>(in[i]) * scale + shift;
}

}  // namespace

void gather(const Samples& samples, std::span<const uint32_t> indices, Batch& batch) {
  const size_t features = samples.features();
  batch.size = static_cast<uint32_t>(indices.size());
  batch.height = samples.height;
  batch.width = samples.width;
  batch.channels = samples.channels;
  batch.inputs.resize(indices.size() * features);
  batch.labels.resize(indices.size());
  const auto* bytes = std::get_if<std::vector<uint8_t>>(&samples.values);
  const auto* floats = std::get_if<std::vector<float>>(&samples.values);
  const float scale = 1 / (255 * samples.deviation), shift = -samples.mean / samples.deviation;
  for (size_t i = 0; i < indices.size(); ++i) {
    assert(indices[i] < samples.count());
    float* out = batch.inputs.data() + i * features;
    const size_t from = indices[i] * features;
    if (bytes) {
      normalise(out, bytes->data() + from, features, scale, shift);
    } else {
      std::copy_n(floats->data() + from, features, out);
    }
    batch.labels[i] = samples.labels[indices[i]];
  }
}

}  // namespace zenops

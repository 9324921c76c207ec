#pragma once
#include <cmath>
#include <ostream>
#include <string>
#include <vector>

#include "models/replica.hpp"
#include "tests/models/random_batch.hpp"

namespace zenops {

/// A model and what it is made for.
struct Case {
  const char* name;
  InputShape input;
  Parameters parameters = {};
  Precision precision = Precision::fp32;
  BatchNormPolicy batch_norm = BatchNormPolicy::validator;
};

inline void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

inline ModelOptions options_of(const Case& c) {
  return {.name = c.name, .precision = c.precision, .batch_norm = c.batch_norm, .parameters = c.parameters};
}

inline const Case cases[] = {
    {"softmax", {28, 28, 1, 10}},
    {"mlp", {28, 28, 1, 10}},
    {"cnn_mnist", {28, 28, 1, 10}},
    {"cifar_resnet20_v1", {32, 32, 3, 10}},
    {"cifar_resnet20_v1", {32, 32, 3, 10}, {}, Precision::fp32, BatchNormPolicy::local},
    {"char_transformer", {1, 12, 1, 7, 12}, {{"width", 16}, {"heads", 2}, {"drop_rate", .2}}},
};

/// As many as there are, with another seed each, dropout drawn from streams of their own.
inline std::vector<Batch> batches_of(const Case& c, size_t count, uint32_t size) {
  std::vector<Batch> out;
  for (uint32_t k = 0; k < count; ++k) {
    Batch batch = random_batch(c.input, size, 10 + k);
    if (c.input.labels_each > 1) {  // characters, and one that follows each
      Stream stream({k, Role::data, 1, Purpose::noise});
      for (float& x : batch.inputs) x = static_cast<float>(stream.below(c.input.classes));
      batch.labels.clear();
      for (size_t i = 0; i < batch.inputs.size(); ++i) batch.labels.push_back(stream.below(c.input.classes));
    }
    batch.noise = {1, Role::worker, k, Purpose::dropout, 3};
    out.push_back(std::move(batch));
  }
  return out;
}

inline std::vector<const Batch*> pointers(const std::vector<Batch>& batches) {
  std::vector<const Batch*> out;
  for (const Batch& batch : batches) out.push_back(&batch);
  return out;
}

inline std::vector<float> copy(std::span<const float> values) { return {values.begin(), values.end()}; }

/// ‖a − b‖ / ‖b‖, over what is not a buffer or over what is.
inline double distance(const Layout& layout, std::span<const float> a, std::span<const float> b, bool buffers) {
  double error = 0, whole = 1e-30;
  for (const Block& block : layout.blocks()) {
    if (block.buffer != buffers) continue;
    for (size_t i = block.offset; i < block.offset + block.size; ++i) {
      error += std::pow(double{a[i]} - b[i], 2);
      whole += std::pow(double{b[i]}, 2);
    }
  }
  return std::sqrt(error / whole);
}

// Sums in another order differ by 1e-6; but a rectified unit that is zero but for that may switch, and takes its gradient along.
inline constexpr double nearly = 5e-3;

/// For the names of tests.
inline std::string name_of(const Case& c) {
  return std::string(c.name) + (c.batch_norm == BatchNormPolicy::local ? "_with_statistics_of_its_own" : "");
}

}  // namespace zenops

#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/parameter.hpp"

namespace zenops {

enum class PartitionKind {
  contiguous,  // n + 1 slices in the file's order; the last is the validators' (Zeno-PS)
  iid,         // the same after a seeded shuffle
};

struct DataOptions {
  std::string name = "fashion_mnist";
  std::filesystem::path path;  // a folder; empty: where the data set usually lies
  PartitionKind partition = PartitionKind::contiguous;
  uint32_t batch = 32;
  Parameters parameters;  // those of the catalogue's line; what is absent takes its default
};

struct ModelOptions {
  std::string name = "cnn_mnist";
};

struct OptimizerOptions {
  std::string name = "nag";  // sgd, nag
  float lr = 0.02f;
  float momentum = 0.9f;
  float weight_decay = 0;
};

}  // namespace zenops

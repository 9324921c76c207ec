#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/parameter.hpp"

namespace zenops {

enum class PartitionKind {
  contiguous,  // n + 1 slices in the file's order; the last is the validators' (Zeno-PS)
  iid,         // the same after a seeded shuffle
  // Of these the validators' part is drawn first, as with iid; the rest is dealt out:
  dirichlet,         // of each label the workers' shares are drawn from Dirichlet(alpha) (Hsu et al. 2019)
  gamma_similarity,  // a share gamma as with iid, the rest in slices of what is sorted by label (Karimireddy et al. 2020)
  by_label,          // labels are dealt out whole, in turn; with more workers than labels, workers share one
  quantity,          // the content as with iid, the workers' shares of it drawn from Dirichlet(alpha)
};

/// What those have for their own whom an attack names.
enum class LiarsData {
  share,  // a part like everybody
  none,   // nothing: the honest share everything, and a liar that trains does so on a copy of an honest worker's part
};

enum class ImageOrder { channels_first, channels_last };
enum class ImageChoice {
  automatic,  // the size that the model wants, if the images can be shown in it
  as_is,
};
enum class Augment { none, crop_flip };

struct DataOptions {
  std::string name = "fashion_mnist";
  std::filesystem::path path;                                      // a folder; empty: where the data set usually lies
  std::filesystem::path file;                                      // of a data set in one file
  std::filesystem::path inputs, labels, test_inputs, test_labels;  // of arrays in four
  ImageOrder order = ImageOrder::channels_first;
  bool verify = true;
  ImageChoice image = ImageChoice::automatic;
  Augment augment = Augment::none;
  PartitionKind partition = PartitionKind::contiguous;
  double alpha = 0.5;    // of dirichlet and quantity: small is uneven
  double gamma = 0.5;    // of gamma_similarity: 1 is iid
  uint32_t trusted = 0;  // samples of the validators' part; 0: as many as in an equal part
  LiarsData liars = LiarsData::share;
  uint32_t batch = 32;
  Parameters parameters;  // those of the catalogue's line; what is absent takes its default
};

/// Whose running statistics a batch norm has when the model is evaluated.
enum class BatchNormPolicy {
  validator,  // the validators' (Zeno-PS)
  average,    // everybody's, combined by the rule like any parameter
  local,      // nobody's: they do not travel, and each batch is normalised by its own
};

/// What products are computed in; weights, statistics and the loss are always fp32.
enum class Precision {
  fp32,
  bf16,  // operands rounded to bfloat16, sums in fp32 (autocast)
};

/// The model that is a file: what it is made of, the file says.
constexpr auto scripted_model = "torchscript";

struct ModelOptions {
  std::string name = "cnn_mnist";
  std::filesystem::path init = {};  // initial weights: a safetensors file or a run's folder; empty: drawn from the seed
  std::filesystem::path file = {};  // of torchscript
  Precision precision = Precision::fp32;
  BatchNormPolicy batch_norm = BatchNormPolicy::validator;
  Parameters parameters = {};  // those of the catalogue's line; what is absent takes its default
};

/// How the learning rate goes with the rounds.
struct ScheduleOptions {
  enum class Kind { constant, step, cosine };
  Kind kind = Kind::constant;
  std::vector<uint32_t> rounds = {};  // of step: from each of these on, `factor` times the rate before
  std::vector<uint32_t> epochs = {};  // of step: the same, in passes of a worker over its part
  float factor = 0.1f;
  float last = 0;       // of cosine: the share of the rate that it ends with
  uint32_t warmup = 0;  // rounds in which the rate rises to its full height, in equal steps
};

struct OptimizerOptions {
  std::string name = "nag";  // sgd, nag
  float lr = 0.02f;
  float momentum = 0.9f;
  float weight_decay = 0;
  std::string no_decay = {};  // blocks without decay: names with * and ?, or `vectors`, separated by spaces
  float clip_norm = 0;        // a longer gradient is shortened to this; 0: none is
  ScheduleOptions schedule = {};
};

}  // namespace zenops

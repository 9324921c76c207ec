#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/layout.hpp"
#include "models/device.hpp"
#include "models/joint_replica.hpp"
#include "models/peers.hpp"
#include "models/plain_loop.hpp"
#include "models/replica.hpp"

namespace zenops {

/// What a TorchScript file holds.
struct Scripted {
  Layout layout;
  std::vector<float> weights;  // the file's own
};

/// What libzenops_torch.so offers: found by name in the opened library, so that a program need not be linked with
/// torch.
struct TorchLibrary {
  /// Requires a model of the catalogue with all its parameters, and its layout.
  std::unique_ptr<Replica> (*make_replica)(const ModelOptions& model, const Layout& layout, std::span<const float> weights,
                                           const Device& device);
  /// For up to `most` batches at a time. Requires a model of the catalogue, as above.
  std::unique_ptr<JointReplica> (*make_joint_replica)(const ModelOptions& model, const Layout& layout, size_t most, const Device& device);
  /// See models/launching.hpp.
  std::unique_ptr<Replica> (*make_launching_replica)(const ModelOptions& model, const Layout& layout,
                                                     std::span<const float> weights, const Device& device);
  /// Tries the file on a batch of such input; the sentence of the objection if it cannot be trained.
  Expected<Scripted> (*read_script)(const std::filesystem::path& file, const InputShape& input);
  std::unique_ptr<PlainLoop> (*make_plain_loop)(const PlainStart& start);
  /// See models/peers.hpp.
  std::unique_ptr<TorchPeer> (*make_peer)(TorchWork work, std::span<const float* const> rows, size_t d,
                                          const Device& device);
  void (*prepare_thread)();
  /// See models/device.hpp.
  std::optional<std::string> (*load_gpus)();
  int (*count_gpus)();
  std::string (*lost_gpu)();
};

/// The library's one symbol: `extern "C" const TorchLibrary* zenops_torch_library()`.
constexpr auto torch_library_symbol = "zenops_torch_library";

/// Opens the library in the first of the folders that has it; an empty one stands for where the program's own run path leads. Throws UserError (run_failed) saying where it was looked
/// for, or why it does not load.
const TorchLibrary& open_torch_library(const std::vector<std::filesystem::path>& folders);

/// The library that belongs to this program, opened by the first call. Thread-safe.
const TorchLibrary& torch_library();

}  // namespace zenops

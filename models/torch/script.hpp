#pragma once
#include "models/torch/network.hpp"
#include "models/torch_library.hpp"

namespace zenops {

/// What a TorchScript file holds, and whether it can be trained on such input; the sentence of the objection otherwise.
Expected<Scripted> read_script(const std::filesystem::path& file, const InputShape& input);

/// The file's network over these tensors. Requires that read_script() made the layout of the same file.
std::unique_ptr<Network> make_script(const std::filesystem::path& file, const Layout& layout,
                                     std::span<const at::Tensor> tensors);

}  // namespace zenops

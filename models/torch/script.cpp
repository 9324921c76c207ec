#include "models/torch/script.hpp"

#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/script.h>

#include <set>
#include <stdexcept>
#include <unordered_set>

#include "base/first_line.hpp"
#include "models/torch/script_noise.hpp"

namespace zenops {
namespace {

/// A tensor of the file: a parameter, or a statistic.
struct Slot {
  std::string name;
  at::Tensor tensor;
  bool trained;
};

/// Those of floats, parameters first; one that has two names is there once. Whole numbers, such as a batch norm's
/// count, stay in the module.
std::vector<Slot> slots_of(const torch::jit::Module& module) {
  std::vector<Slot> slots;
  std::unordered_set<const c10::TensorImpl*> seen;
  for (const auto& p : module.named_parameters())
    if (p.value.is_floating_point() && p.value.requires_grad() && seen.insert(p.value.unsafeGetTensorImpl()).second)
      slots.push_back({p.name, p.value, true});
  auto keep = [&](const auto& named) {
    for (const auto& t : named)
      if (t.value.is_floating_point() && seen.insert(t.value.unsafeGetTensorImpl()).second)
        slots.push_back({t.name, t.value, false});
  };
  keep(module.named_parameters());
  keep(module.named_buffers());
  return slots;
}

/// Why an exception of torch's was thrown, without its stack.
std::string reason(const std::exception& e) {
  std::string text = e.what();
  // An interpreter's message ends with the sentence that matters.
  if (const size_t at = text.rfind("RuntimeError: "); at != std::string::npos) text = text.substr(at + 14);
  return first_line(text);
}

std::string shape(at::IntArrayRef sizes) {
  std::string text;
  for (int64_t n : sizes) text += (text.empty() ? "" : " × ") + std::to_string(n);
  return text;
}

void find_random(const torch::jit::Block* block, std::set<std::string>& found) {
  static const std::set<std::string> random{
      "aten::rand",         "aten::rand_like",   "aten::randn",   "aten::randn_like",  "aten::randint",
      "aten::randint_like", "aten::randperm",    "aten::normal",  "aten::normal_",     "aten::uniform_",
      "aten::uniform",      "aten::bernoulli",   "aten::poisson", "aten::multinomial", "aten::rrelu",
      "aten::rrelu_",       "aten::exponential_"};
  for (const auto* node : block->nodes()) {
    if (const std::string kind = node->kind().toQualString(); random.contains(kind)) found.insert(kind);
    for (const auto* inner : node->blocks()) find_random(inner, found);
  }
}

/// What it draws that no stream of ours can give it; dropout is not among it.
std::string unrepeatable(const torch::jit::Module& module) {
  const auto graph = module.get_method("forward").graph()->copy();
  torch::jit::Inline(*graph);
  std::set<std::string> found;
  find_random(graph->block(), found);
  return found.empty() ? "" : *found.begin();
}

/// The objection to what it makes of a batch of two, or nothing.
std::optional<std::string> objection(torch::jit::Module& module, const InputShape& input) {
  const uint32_t samples = 2;
  const auto x = at::zeros({samples, input.height, input.width, input.channels}).permute({0, 3, 1, 2});
  const std::string of = "a batch of " + shape(x.sizes());
  at::Tensor out;
  try {
    const ScriptNoise noise(StreamName{});
    const auto made = module.forward({x});
    if (!made.isTensor()) return "makes no tensor of " + of + ", but " + made.tagKind();
    out = made.toTensor();
  } catch (const std::exception& e) {
    return "does not take " + of + " (samples × channels × height × width): " + reason(e);
  }
  const int64_t answers = int64_t{samples} * input.labels_each;
  if (out.dim() != 2 || out.size(0) != answers || out.size(1) != input.classes)
    return "makes " + shape(out.sizes()) + " of " + of + ", expected " +
           shape({answers, static_cast<int64_t>(input.classes)}) + ": a number for each class";
  if (!out.requires_grad()) return "makes an output that does not depend on its parameters";
  return std::nullopt;
}

class Script final : public Network {
 public:
  Script(const std::filesystem::path& file, const Layout& layout, std::span<const at::Tensor> tensors)
      : trained_(torch::jit::load(file)), evaluated_(torch::jit::load(file)) {
    trained_.train();
    evaluated_.eval();
    for (auto* module : {&trained_, &evaluated_}) bind(*module, layout, tensors);
  }
  at::Tensor train(const at::Tensor& input, const StreamName& noise) override {
    const ScriptNoise drawn(noise);
    return trained_.forward({input}).toTensor();
  }
  at::Tensor train(const at::Tensor&, const Group&) override { throw std::logic_error("a TorchScript file trains on one batch at a time"); }
  at::Tensor evaluate(const at::Tensor& input) override { return evaluated_.forward({input}).toTensor(); }
  bool drew() const override { return true; }

 private:
  static void bind(const torch::jit::Module& module, const Layout& layout, std::span<const at::Tensor> tensors) {
    auto slots = slots_of(module);
    bool same = slots.size() == tensors.size();
    for (size_t b = 0; same && b < slots.size(); ++b)
      same = slots[b].name == layout.blocks()[b].name && slots[b].tensor.sizes() == tensors[b].sizes();
    if (!same) throw std::runtime_error("the model's file has changed since it was read");
    for (size_t b = 0; b < slots.size(); ++b) {
      slots[b].tensor.set_data(tensors[b].detach());
      if (slots[b].trained) slots[b].tensor.mutable_grad() = tensors[b].grad();
    }
  }
  torch::jit::Module trained_, evaluated_;  // over the same tensors
};

}  // namespace

Expected<Scripted> read_script(const std::filesystem::path& file, const InputShape& input) {
  auto refuse = [&](const std::string& what) { return fail(Ec::wrong_shape, file.string() + " " + what); };
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return refuse("is no file");
  torch::jit::Module module;
  try {
    module = torch::jit::load(file);
  } catch (const std::exception& e) {
    return refuse("does not load as TorchScript: " + reason(e));
  }
  if (!module.find_method("forward")) return refuse("has no forward()");
  module.train();

  Scripted out;
  std::vector<Block> blocks;
  bool trains = false;
  for (const Slot& slot : slots_of(module)) {
    if (slot.tensor.scalar_type() != at::kFloat)
      return refuse("has " + slot.name + " as " + c10::toString(slot.tensor.scalar_type()) + ", expected Float");
    trains = trains || (slot.trained && slot.tensor.numel() > 0);
    blocks.push_back({.name = slot.name, .shape = slot.tensor.sizes().vec(), .buffer = !slot.trained});
    const auto values = slot.tensor.detach().contiguous();
    out.weights.insert(out.weights.end(), values.const_data_ptr<float>(),
                       values.const_data_ptr<float>() + values.numel());
  }
  if (!trains) return refuse("has no trainable parameter");
  if (const auto drawn = unrepeatable(module); !drawn.empty())
    return refuse("draws random numbers by " + drawn + ", which a seed would not repeat; dropout would be repeated");
  if (const auto what = objection(module, input)) return refuse(*what);
  out.layout = Layout(std::move(blocks));
  return out;
}

std::unique_ptr<Network> make_script(const std::filesystem::path& file, const Layout& layout,
                                     std::span<const at::Tensor> tensors) {
  return std::make_unique<Script>(file, layout, tensors);
}

}  // namespace zenops

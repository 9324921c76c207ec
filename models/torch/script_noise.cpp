#include "models/torch/script_noise.hpp"

#include <ATen/NativeFunctions.h>
#include <ATen/ops/empty_strided.h>
#include <c10/util/Exception.h>
#include <torch/library.h>

#include <optional>

namespace zenops {
namespace {

thread_local std::optional<StreamName> noise;

at::Tensor& bernoulli(at::Tensor& self, double p, std::optional<at::Generator> generator) {
  if (!noise) return at::native::bernoulli_(self, p, std::move(generator));
  // In the order of memory: its format does not depend on the machine or the thread.
  const auto drawn = at::empty_strided(self.sizes(), self.strides(), self.options().dtype(at::kFloat));
  Stream stream(*noise);
  ++noise->part;
  const auto chance = static_cast<float>(p);
  float* out = drawn.data_ptr<float>();
  for (int64_t i = 0, n = self.numel(); i < n; ++i) out[i] = stream.uniform() < chance ? 1.0f : 0.0f;
  return self.copy_(drawn);
}

/// Torch warns that a kernel of its own is replaced, which is what is wanted.
struct Silence final : c10::WarningHandler {
  void process(const c10::Warning&) override {}
};

}  // namespace

ScriptNoise::ScriptNoise(const StreamName& name) { noise = name; }
ScriptNoise::~ScriptNoise() { noise.reset(); }

void replace_torchs_masks() {
  Silence silence;
  const c10::WarningUtils::WarningHandlerGuard guard(&silence);
  static torch::Library library(torch::Library::IMPL, "aten", c10::DispatchKey::CPU, __FILE__, __LINE__);
  library.impl("bernoulli_.float", bernoulli);
}

}  // namespace zenops

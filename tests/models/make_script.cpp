// Writes small TorchScript files, as Python's torch.jit.script(net).save(file) does: make_script NAME FILE.
#include <torch/script.h>

#include <cstdio>
#include <string>

namespace {

/// A network with a linear layer `weight`, `bias` (classes, features) and, in forward(), what the source says.
torch::jit::Module linear(const std::string& forward, int64_t classes = 3, bool trained = true,
                          at::ScalarType type = at::kFloat, int64_t features = 4) {
  torch::jit::Module net("Net");
  net.register_attribute("training", c10::BoolType::get(), true);
  const auto weight = torch::linspace(-1, 1, classes * features).reshape({classes, features}).to(type);
  const auto bias = torch::linspace(0, 1, classes).to(type);
  net.register_parameter("weight", weight.requires_grad_(trained), false);
  net.register_parameter("bias", bias.requires_grad_(trained), false);
  net.register_buffer("mean", torch::zeros({features}));
  net.register_buffer("var", torch::ones({features}));
  net.register_buffer("count", torch::zeros({}, at::kLong));
  net.define("def forward(self, x: Tensor) -> Tensor:\n" + forward);
  return net;
}

torch::jit::Module made(const std::string& name) {
  const std::string plain = "  return torch.linear(x.flatten(1), self.weight, self.bias)\n";
  if (name == "plain") return linear(plain);
  if (name == "grey_images") return linear(plain, 10, true, at::kFloat, 28 * 28);
  if (name == "normalised")
    return linear(
        "  y = torch.batch_norm(x.flatten(1), None, None, self.mean, self.var, self.training, 0.1, 1e-5, False)\n"
        "  return torch.linear(y, self.weight, self.bias)\n");
  if (name == "dropout")
    return linear(
        "  y = torch.dropout(x.flatten(1), 0.5, self.training)\n"
        "  return torch.linear(y, self.weight, self.bias)\n");
  if (name == "noise")
    return linear("  return torch.linear(x.flatten(1) + torch.randn([4]), self.weight, self.bias)\n");
  if (name == "frozen") return linear(plain, 3, false);
  if (name == "double")
    return linear("  return torch.linear(x.flatten(1).double(), self.weight, self.bias)\n", 3, true, at::kDouble);
  if (name == "seven") return linear(plain, 7);
  if (name == "flat") return linear("  return torch.linear(x.flatten(1), self.weight, self.bias).flatten()\n");
  if (name == "list") {
    torch::jit::Module net("Net");
    net.register_attribute("training", c10::BoolType::get(), true);
    net.register_parameter("weight", torch::ones({1}).requires_grad_(), false);
    net.define("def forward(self, x: Tensor) -> List[Tensor]:\n  return [x * self.weight]\n");
    return net;
  }
  if (name == "loose") return linear("  return x.flatten(1)[:, :3]\n");
  if (name == "nan") return linear("  return torch.linear(x.flatten(1), self.weight.sub(10).log(), self.bias)\n");
  std::fprintf(stderr, "no network is called %s\n", name.c_str());
  std::exit(2);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  made(argv[1]).save(argv[2]);
  return 0;
}

#include "models/torch/network.hpp"

#include "models/torch/networks.hpp"
#include "models/torch/script.hpp"

namespace zenops {
namespace {

/// One of the catalogue's own.
class BuiltIn final : public Network {
 public:
  BuiltIn(const ModelOptions& model, const Layout& layout, std::span<const at::Tensor> tensors)
      : forward_(forward_of(model)),
        training_(model.batch_norm == BatchNormPolicy::local ? Statistics::of_the_batch : Statistics::of_the_batch_and_remember),
        evaluating_(model.batch_norm == BatchNormPolicy::local ? Statistics::of_the_batch : Statistics::running) {
    for (size_t b = 0; b < tensors.size(); ++b)
      (layout.blocks()[b].buffer ? buffers_ : parameters_).push_back(tensors[b]);
  }
  at::Tensor train(const at::Tensor& input, const StreamName& noise) override {
    return train_by(Pass(parameters_, buffers_, training_, noise), input);
  }
  at::Tensor train(const at::Tensor& input, const Group& group) override {
    return train_by(Pass(parameters_, buffers_, training_, group), input);
  }
  at::Tensor evaluate(const at::Tensor& input) override {
    Pass pass(parameters_, buffers_, evaluating_);
    return forward_(pass, input);
  }
  bool drew() const override { return drew_; }

 private:
  using Statistics = Pass::Statistics;
  at::Tensor train_by(Pass pass, const at::Tensor& input) {
    auto out = forward_(pass, input);
    drew_ = pass.drew();
    return out;
  }
  const Forward forward_;
  const Statistics training_, evaluating_;
  bool drew_ = false;
  std::vector<at::Tensor> parameters_, buffers_;
};

}  // namespace

std::unique_ptr<Network> make_network(const ModelOptions& model, const Layout& layout,
                                      std::span<const at::Tensor> tensors) {
  if (model.name == scripted_model) return make_script(model.file, layout, tensors);
  return std::make_unique<BuiltIn>(model, layout, tensors);
}

}  // namespace zenops

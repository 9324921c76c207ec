#include "models/torch/network.hpp"

#include "models/torch/networks.hpp"
#include "models/torch/script.hpp"

namespace zenops {
namespace {

/// One of the catalogue's own.
class BuiltIn final : public Network {
 public:
  BuiltIn(const ModelOptions& model, const Layout& layout, std::span<const at::Tensor> tensors)
      : forward_(forward_of(model)), own_statistics_(model.batch_norm == BatchNormPolicy::local) {
    for (size_t b = 0; b < tensors.size(); ++b)
      (layout.blocks()[b].buffer ? buffers_ : parameters_).push_back(tensors[b]);
  }
  at::Tensor train(const at::Tensor& input, const StreamName& noise) override {
    Pass pass(parameters_, buffers_,
              own_statistics_ ? Statistics::of_the_batch : Statistics::of_the_batch_and_remember);
    pass.drop(noise);
    return forward_(pass, input);
  }
  at::Tensor evaluate(const at::Tensor& input) override {
    Pass pass(parameters_, buffers_, own_statistics_ ? Statistics::of_the_batch : Statistics::running);
    return forward_(pass, input);
  }

 private:
  using Statistics = Pass::Statistics;
  const Forward forward_;
  const bool own_statistics_;
  std::vector<at::Tensor> parameters_, buffers_;
};

}  // namespace

std::unique_ptr<Network> make_network(const ModelOptions& model, const Layout& layout,
                                      std::span<const at::Tensor> tensors) {
  if (model.name == scripted_model) return make_script(model.file, layout, tensors);
  return std::make_unique<BuiltIn>(model, layout, tensors);
}

}  // namespace zenops

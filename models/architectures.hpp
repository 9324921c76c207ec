#pragma once
#include "models/replica.hpp"

// What the networks of the catalogue are made of. Their forward passes are in models/torch/networks.hpp.
namespace zenops {

Expected<Layout> softmax_layout(const InputShape& input, const Parameters&);
Expected<Layout> mlp_layout(const InputShape& input, const Parameters&);
Expected<Layout> cnn_mnist_layout(const InputShape& input, const Parameters&);

/// GluonCV's cifar_resnetD_v1, D = depth = 6 n + 2: a stem of 16 channels, then three stages of n blocks with 16, 32 and
/// 64 (He et al. 2016, section 4.2), but with 1 × 1 projections where the channels change.
Expected<Layout> cifar_resnet_v1_layout(const InputShape& input, int depth);
/// GluonCV's cifar_wideresnetD_K, D = depth = 6 n + 4: blocks whose batch norms come first, with 16 k, 32 k and 64 k
/// channels (Zagoruyko and Komodakis 2016).
Expected<Layout> cifar_wideresnet_layout(const InputShape& input, int depth, int widening);
/// The ResNet-18 of He et al. 2016 as CIFAR's 32 × 32 have it: a stem of 3 × 3 without pooling.
Expected<Layout> resnet18_layout(const InputShape& input);

/// A decoder of characters with learned positions and the layer norms first (Radford et al. 2019), `layers` blocks of
/// this width whose attention sees only what came before. Takes texts: 1 × length × 1 numbers of characters.
Expected<Layout> char_transformer_layout(const InputShape& input, const Parameters& parameters);

}  // namespace zenops

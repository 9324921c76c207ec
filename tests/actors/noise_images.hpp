#pragma once
#include "actors/training.hpp"
#include "base/philox.hpp"

namespace zenops {

/// Noise in the size of CIFAR's images, all of one class: about the weights everybody agrees.
inline Dataset noise_images(const DataOptions&, uint64_t seed) {
  Dataset out;
  for (auto [samples, count] : {std::pair{&out.train, 40u}, {&out.test, 8u}}) {
    samples->height = samples->width = 32;
    samples->channels = 3;
    samples->classes = 10;
    samples->mean.assign(3, .5f);
    samples->deviation.assign(3, .25f);
    Stream stream({seed, Role::data, count, Purpose::noise});
    std::vector<uint8_t> bytes(count * samples->features());
    for (uint8_t& b : bytes) b = static_cast<uint8_t>(stream.below(256));
    samples->values = std::move(bytes);
    samples->labels.assign(count, 3);
  }
  return out;
}

/// With `noise`, those images.
inline Catalogue with_noise() {
  Catalogue catalogue;
  catalogue.datasets.add({{"noise", "", "", {}}, "", "", noise_images});
  return catalogue;
}

}  // namespace zenops

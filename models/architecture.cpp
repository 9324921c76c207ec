#include "models/architecture.hpp"

namespace zenops {

void Architecture::linear(const std::string& name, int64_t from, int64_t to) {
  trained_.push_back({.name = name + ".weight", .shape = {to, from}});
  trained_.push_back({.name = name + ".bias", .shape = {to}});
}

void Architecture::convolution(const std::string& name, int64_t from, int64_t to, int64_t size, Bias bias) {
  trained_.push_back({.name = name + ".weight", .shape = {to, from, size, size}});
  if (bias == Bias::yes) trained_.push_back({.name = name + ".bias", .shape = {to}});
}

void Architecture::batch_norm(const std::string& name, int64_t channels, Affine affine) {
  if (affine == Affine::yes) layer_norm(name, channels);
  buffers_.push_back({.name = name + ".running_mean", .shape = {channels}, .buffer = true});
  buffers_.push_back({.name = name + ".running_var", .shape = {channels}, .buffer = true});
}

void Architecture::layer_norm(const std::string& name, int64_t width) {
  trained_.push_back({.name = name + ".weight", .shape = {width}});
  trained_.push_back({.name = name + ".bias", .shape = {width}});
}

void Architecture::embedding(const std::string& name, int64_t count, int64_t width) {
  trained_.push_back({.name = name + ".weight", .shape = {count, width}});
}

Layout Architecture::layout() const {
  auto blocks = trained_;
  blocks.insert(blocks.end(), buffers_.begin(), buffers_.end());
  return Layout(std::move(blocks));
}

}  // namespace zenops

#include "models/blobs.hpp"

#include "base/philox.hpp"

namespace zenops {
namespace {

enum : uint32_t { train_stream, test_stream };

Samples draw(const std::vector<float>& centres, uint32_t classes, uint32_t count, float spread, uint64_t seed,
             uint32_t stream) {
  Samples out;
  out.height = out.channels = 1;
  out.width = static_cast<uint32_t>(centres.size() / classes);
  out.classes = classes;
  std::vector<float> values;
  values.reserve(size_t{count} * out.width);
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t label = i % classes;
    Stream noise({seed, Role::data, stream, Purpose::noise, i});
    for (uint32_t k = 0; k < out.width; ++k) {
      values.push_back(centres[size_t{label} * out.width + k] + spread * noise.normal());
    }
    out.labels.push_back(static_cast<uint16_t>(label));
  }
  out.values = std::move(values);
  return out;
}

}  // namespace

std::vector<Parameter> blobs_parameters() {
  auto whole = [](std::string name, double usual, double min, double max, std::string sentence) {
    return Parameter{.name = std::move(name),
                     .default_value = usual,
                     .min = min,
                     .max = max,
                     .integer = true,
                     .sentence = std::move(sentence)};
  };
  return {whole("classes", 10, 2, 256, "number of clusters"),
          whole("features", 20, 1, 65536, "coordinates of a sample"),
          whole("train", 4000, 1, 1e7, "samples to train on"),
          whole("test", 1000, 1, 1e7, "samples to test on"),
          {.name = "spread",
           .default_value = 1,
           .min = 0,
           .max = 1000,
           .sentence = "standard deviation of a cluster; that of the centres is 1"}};
}

Dataset make_blobs(const Parameters& parameters, uint64_t seed) {
  Parameters values;
  for (const auto& p : blobs_parameters()) values[p.name] = p.default_value;
  for (const auto& [name, value] : parameters) values[name] = value;
  auto whole = [&](const char* name) { return static_cast<uint32_t>(values.at(name)); };
  const uint32_t classes = whole("classes");
  const auto spread = static_cast<float>(values.at("spread"));
  std::vector<float> centres(size_t{classes} * whole("features"));
  Stream centre({seed, Role::data, 0, Purpose::initial});
  for (float& c : centres) c = centre.normal();
  return {draw(centres, classes, whole("train"), spread, seed, train_stream),
          draw(centres, classes, whole("test"), spread, seed, test_stream)};
}

}  // namespace zenops

#include "tests/base/python.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <cstdlib>

#include "base/npy.hpp"
#include "base/safetensors.hpp"
#include "models/replica.hpp"
#include "tests/base/temporary_folder.hpp"

namespace zenops {
namespace {

/// Writes a model's weights, a batch and what the model makes of it, for Python to compare with.
void write_example(const std::string& model, const ImageSize& image, const std::filesystem::path& folder) {
  constexpr uint32_t size = 8, classes = 10;
  ModelOptions options;
  options.name = model;
  const ReplicaFactory factory(options, {image.height, image.width, image.channels, classes}, 7);
  const auto replica = factory.make();
  Stream random({.seed = 3, .role = Role::data, .index = 0, .purpose = Purpose::noise});
  for (const Block& block : factory.layout().blocks())
    for (float& x : replica->weights().subspan(block.offset, block.size))
      if (block.buffer) x += random.uniform();  // statistics that are those of some training
  Batch batch;
  batch.size = size;
  batch.height = image.height;
  batch.width = image.width;
  batch.channels = image.channels;
  batch.labels.resize(size);
  for (size_t i = 0; i < size * image.features(); ++i) batch.inputs.push_back(random.normal());
  std::filesystem::create_directory(folder);
  write_safetensors(folder / "weights.safetensors", factory.layout(), replica->weights());
  write_npy(folder / "inputs.npy", {size, image.height, image.width, image.channels}, batch.inputs);
  write_npy(folder / "outputs.npy", {size, classes}, replica->outputs(batch));
}

TEST(PythonsTorch, LoadsOurWeightsByNameAndGivesTheSameLogits) {
  constexpr int no_torch = 77;
  TemporaryFolder folder;
  std::string command = "'" + python() + "' tests/models/logits.py";
  for (const auto& [model, image] : {std::pair<std::string, ImageSize>{"softmax", {28, 28, 1}},
                                     {"mlp", {28, 28, 1}},
                                     {"cnn_mnist", {28, 28, 1}},
                                     {"cifar_resnet20_v1", {32, 32, 3}}}) {
    write_example(model, image, folder / model);
    command += " " + model + "=" + (folder / model).string();
  }
  const int status = std::system(command.c_str());
  if (WEXITSTATUS(status) == no_torch)
    GTEST_SKIP() << python() << " has no torch that can be imported: ./dev setup --python";
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace zenops

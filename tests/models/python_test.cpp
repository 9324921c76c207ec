#include <gmock/gmock.h>
#include <sys/wait.h>

#include <cstdlib>

#include "base/npy.hpp"
#include "base/safetensors.hpp"
#include "models/replica.hpp"
#include "tests/base/python.hpp"
#include "tests/base/temporary_folder.hpp"

namespace zenops {
namespace {

/// Writes a model's weights, a batch and what the model makes of it, for Python to compare with.
void write_example(const std::string& model, const std::filesystem::path& folder) {
  constexpr uint32_t size = 8, side = 28, classes = 10;
  ModelOptions options;
  options.name = model;
  const ReplicaFactory factory(options, {side, side, 1, classes}, 7);
  Batch batch;
  batch.size = size;
  batch.height = batch.width = side;
  batch.channels = 1;
  batch.labels.resize(size);
  Stream random({.seed = 3, .role = Role::data, .index = 0, .purpose = Purpose::noise});
  for (uint32_t i = 0; i < size * side * side; ++i) batch.inputs.push_back(random.normal());
  std::filesystem::create_directory(folder);
  write_safetensors(folder / "weights.safetensors", factory.layout(), factory.initial_weights());
  write_npy(folder / "inputs.npy", {size, 1, side, side}, batch.inputs);  // with one channel, both orders are the same
  const auto replica = factory.make();
  write_npy(folder / "outputs.npy", {size, classes}, replica->outputs(batch));
}

TEST(PythonsTorch, LoadsOurWeightsByNameAndGivesTheSameLogits) {
  constexpr int no_torch = 77;
  TemporaryFolder folder;
  std::string command = "'" + python() + "' tests/models/logits.py";
  for (const char* model : {"softmax", "mlp", "cnn_mnist"}) {
    write_example(model, folder / model);
    command += std::string(" ") + model + "=" + (folder / model).string();
  }
  const int status = std::system(command.c_str());
  if (WEXITSTATUS(status) == no_torch)
    GTEST_SKIP() << python() << " has no torch that can be imported: ./dev setup --python";
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace zenops

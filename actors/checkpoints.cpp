#include "actors/checkpoints.hpp"

#include <cstdio>
#include <system_error>
#include <vector>

#include "actors/gathering.hpp"
#include "base/expected.hpp"
#include "base/safetensors.hpp"

namespace zenops {
namespace {

std::string file_of(uint32_t round) {
  char name[32];
  std::snprintf(name, sizeof name, "round-%06u.safetensors", round);
  return name;
}

}  // namespace

Checkpoints::Checkpoints(std::filesystem::path folder, uint32_t keep, std::map<std::string, std::string> metadata)
    : folder_(std::move(folder)), keep_(keep), metadata_(std::move(metadata)) {}

void Checkpoints::add(uint32_t round, const Layout& layout, std::span<const Row> parameters) {
  const std::lock_guard lock(mutex_);
  const std::string file = file_of(round);
  write(file, round, layout, parameters, metadata_);
  written_.push_back(folder_ / file);
  for (std::error_code error; written_.size() > keep_; written_.pop_front())
    std::filesystem::remove(written_.front(), error);
}

void Checkpoints::offer(uint32_t round, double accuracy, const Layout& layout, std::span<const Row> parameters) {
  const std::lock_guard lock(mutex_);
  if (accuracy <= best_) return;
  auto metadata = metadata_;
  metadata["accuracy"] = std::to_string(accuracy);
  write("best.safetensors", round, layout, parameters, std::move(metadata));
  best_ = accuracy;
}

void Checkpoints::write(const std::string& file, uint32_t round, const Layout& layout, std::span<const Row> parameters,
                        std::map<std::string, std::string> metadata) const {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) throw UserError(UserError::cannot_write, "cannot write " + folder_.string() + ": " + error.message());
  std::vector<float> values(layout.dimension());
  copy_parts(parameters, values);
  metadata["rounds"] = std::to_string(round);
  write_safetensors(folder_ / file, layout, values, metadata);
}

}  // namespace zenops

#include "actors/checkpoints.hpp"

#include <algorithm>
#include <cstdio>
#include <set>
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

void Checkpoints::go_on_from(uint32_t round) {
  const std::lock_guard lock(mutex_);
  std::set<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator i(folder_, error), end; !error && i != end; i.increment(error)) {
    uint32_t of = 0;
    const std::string name = i->path().filename().string();
    if (std::sscanf(name.c_str(), "round-%u", &of) == 1 && of <= round && name == file_of(of)) files.insert(i->path());
  }
  written_.assign(files.begin(), files.end());
  std::ranges::stable_sort(written_, {}, [](const auto& path) { return path.string().size(); });
  const auto best = folder_ / "best.safetensors";
  if (!std::filesystem::exists(best, error)) return;
  const auto metadata = read_safetensors(best).metadata;
  if (const auto accuracy = metadata.find("accuracy"); accuracy != metadata.end()) best_ = std::stod(accuracy->second);
}

void Checkpoints::add(uint32_t round, const Layout& layout, std::span<const Row> parameters) {
  const std::lock_guard lock(mutex_);
  const std::string file = file_of(round);
  write(file, round, layout, parameters, metadata_);
  std::erase(written_, folder_ / file);  // a round may be made again
  written_.push_back(folder_ / file);
  for (std::error_code error; written_.size() > keep_; written_.pop_front())
    std::filesystem::remove(written_.front(), error);
}

void Checkpoints::offer(uint32_t round, double accuracy, const Layout& layout, std::span<const Row> parameters) {
  const std::lock_guard lock(mutex_);
  if (accuracy <= best_) return;
  auto metadata = metadata_;
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.17g", accuracy);
  metadata["accuracy"] = digits;
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

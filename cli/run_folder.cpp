#include "cli/run_folder.hpp"

#include "base/safetensors.hpp"

namespace zenops {
namespace {

/// Whether anything is there, be it a link that leads nowhere.
bool taken(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::exists(std::filesystem::symlink_status(path, error));
}

}  // namespace

void move_aside(const std::filesystem::path& path) {
  if (!taken(path)) return;
  auto aside = path;
  for (int k = 1; taken(aside); ++k) {
    aside = path;
    aside += "~" + std::to_string(k);
  }
  std::error_code error;
  std::filesystem::rename(path, aside, error);
  if (error) cannot_write(aside, error.value());
}

RunFolder::RunFolder(const std::filesystem::path& runs, const std::string& name, const std::string& config_yaml)
    : path_(runs / name) {
  move_aside(path_);
  std::error_code error;
  std::filesystem::create_directories(path_, error);
  if (error) cannot_write(path_, error.value());
  OutputFile::replace(path_ / "config.yaml", config_yaml);
  metrics_ = std::make_unique<OutputFile>(path_ / "metrics.jsonl");
}

void RunFolder::add_evidence(const std::string& json) {
  if (!evidence_) evidence_ = std::make_unique<OutputFile>(path_ / "evidence.jsonl");
  evidence_->append(json + "\n");
}

void RunFolder::write_weights(const Layout& layout, std::span<const float> values,
                              const std::map<std::string, std::string>& metadata) const {
  write_safetensors(weights(), layout, values, metadata);
}

void RunFolder::write_result(const std::string& json) const { OutputFile::replace(path_ / "result.json", json + "\n"); }

}  // namespace zenops

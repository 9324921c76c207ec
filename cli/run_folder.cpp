#include "cli/run_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/expected.hpp"
#include "base/safetensors.hpp"

namespace zenops {
namespace {

/// Whether anything is there, be it a link that leads nowhere.
bool taken(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::exists(std::filesystem::symlink_status(path, error));
}

/// The lines of rounds up to that one. A line that was cut off is of none.
std::string lines_until(const std::filesystem::path& path, uint32_t round) {
  std::ifstream file(path, std::ios::binary);
  std::string lines;
  for (std::string line; std::getline(file, line) && !file.eof(); ) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_object() && json.value("round", UINT32_MAX) <= round) lines += line + "\n";
  }
  return lines;
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
  lock_ = std::make_unique<Lock>(path_);
  OutputFile::replace(path_ / "config.yaml", config_yaml);
  metrics_ = std::make_unique<OutputFile>(path_ / "metrics.jsonl");
}

RunFolder::RunFolder(std::filesystem::path path, const std::string& config_yaml, uint32_t round)
    : path_(std::move(path)), lock_(std::make_unique<Lock>(path_)) {
  const auto metrics = path_ / "metrics.jsonl";
  OutputFile::replace(metrics, lines_until(metrics, round));
  OutputFile::replace(path_ / "config.yaml", config_yaml);
  metrics_ = std::make_unique<OutputFile>(metrics, OutputFile::Begin::at_the_end);
  const auto evidence = path_ / "evidence.jsonl";
  if (!std::filesystem::exists(evidence)) return;
  OutputFile::replace(evidence, lines_until(evidence, round));
  evidence_ = std::make_unique<OutputFile>(evidence, OutputFile::Begin::at_the_end);
}

RunFolder::Lock::Lock(const std::filesystem::path& folder) : folder_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (folder_ < 0) cannot_write(folder, errno);
  if (flock(folder_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  close(folder_);
  throw UserError(UserError::cannot_write, folder.string() + ": another process is at work in it");
}

RunFolder::Lock::~Lock() { close(folder_); }

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

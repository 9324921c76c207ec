#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "base/layout.hpp"
#include "cli/output_file.hpp"

namespace zenops {

/// Renames what is at `path`, if anything, to the first free one of path~1, path~2, …
void move_aside(const std::filesystem::path& path);

/// The files that a run leaves. result.json comes last: a folder without it is a run that did not end well.
class RunFolder {
 public:
  /// Makes runs/name, moving aside what has that name, and writes its config.yaml.
  RunFolder(const std::filesystem::path& runs, const std::string& name, const std::string& config_yaml);
  /// Goes on in the folder at `path` after that round: what metrics.jsonl and evidence.jsonl have of later ones
  /// is cut off. Throws UserError
  /// (cannot_write) when another process is at work in it.
  RunFolder(std::filesystem::path path, const std::string& config_yaml, uint32_t round);
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path weights() const { return path_ / "weights.safetensors"; }
  /// A line of metrics.jsonl.
  void add_round(const std::string& json) { metrics_->append(json + "\n"); }
  /// A line of evidence.jsonl, which is there when there is one.
  void add_evidence(const std::string& json);
  void write_weights(const Layout& layout, std::span<const float> values,
                     const std::map<std::string, std::string>& metadata) const;
  void write_result(const std::string& json) const;

 private:
  /// Ours for as long as this process lives.
  class Lock {
   public:
    explicit Lock(const std::filesystem::path& folder);
    ~Lock();
    Lock(const Lock&) = delete;

   private:
    int folder_;
  };
  std::filesystem::path path_;
  std::unique_ptr<Lock> lock_;
  std::unique_ptr<OutputFile> metrics_, evidence_;
};

}  // namespace zenops

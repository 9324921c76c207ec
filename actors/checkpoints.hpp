#pragma once
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <span>
#include <string>

#include "base/layout.hpp"
#include "base/rows.hpp"

namespace zenops {

/// The versions of a model that a run leaves behind, in one folder: round-000020.safetensors of some rounds, of which
/// the newest stay, and best.safetensors, the most accurate that was evaluated. A file is the old one until the new one
/// is whole. Thread-safe.
class Checkpoints {
 public:
  /// `keep` ≥ 1 of the rounds' files stay. The folder is made with the first file; `metadata` is written into each,
  /// beside the round.
  Checkpoints(std::filesystem::path folder, uint32_t keep, std::map<std::string, std::string> metadata);
  /// The run goes on after that round: what the folder has from before counts.
  void go_on_from(uint32_t round);
  /// Writes the parameters (parts one after the other) that this round made. Throws UserError (cannot_write).
  void add(uint32_t round, const Layout& layout, std::span<const Row> parameters);
  /// The same as the best, if they are more accurate than all that were offered before.
  void offer(uint32_t round, double accuracy, const Layout& layout, std::span<const Row> parameters);

 private:
  void write(const std::string& file, uint32_t round, const Layout& layout, std::span<const Row> parameters,
             std::map<std::string, std::string> metadata) const;
  const std::filesystem::path folder_;
  const uint32_t keep_;
  const std::map<std::string, std::string> metadata_;
  std::mutex mutex_;
  std::deque<std::filesystem::path> written_;
  double best_ = -1;
};

}  // namespace zenops

#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "actors/snapshot.hpp"
#include "base/pool.hpp"

namespace zenops {

/// The snapshots that a run leaves, in one folder: round-000020/ with state.safetensors (every vector), state.bin (the
/// rest) and manifest.sha256 (the checksums of the two, as sha256sum writes them). A snapshot has its name when it is
/// whole and on the disk; only then does the oldest go away. Thread-safe.
class Snapshots {
 public:
  /// `keep` ≥ 1 stay. The folder is made with the first.
  Snapshots(std::filesystem::path folder, uint32_t keep) : folder_(std::move(folder)), keep_(keep) {}
  /// Throws UserError (cannot_write); what was there before is then still there.
  void add(const Snapshot& snapshot);
  /// The newest that is whole; null when there is none. `say` is told of those that are not, a sentence each.
  std::shared_ptr<const Snapshot> newest(const std::function<void(const std::string&)>& say) const;
  const std::filesystem::path& folder() const { return folder_; }
  /// Where to write them: disks are waited for, and the threads that compute have better to do.
  Pool& writer() { return writer_; }

 private:
  /// Whose names begin so, the newest first.
  std::vector<std::filesystem::path> named(const std::string& begin) const;
  void write(const std::filesystem::path& to, const Snapshot& snapshot) const;
  const std::filesystem::path folder_;
  const uint32_t keep_;
  mutable std::mutex mutex_;
  Pool writer_{1};
};

}  // namespace zenops

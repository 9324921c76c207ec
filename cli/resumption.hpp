#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "actors/snapshots.hpp"
#include "configs/config.hpp"

namespace zenops {

/// A run that is to be taken up where it stands.
struct Resumption {
  std::filesystem::path folder;
  Config config;
  std::shared_ptr<const Snapshot> snapshot;
  /// The result.json of a run that has nothing left to do; empty: it goes on.
  std::string result;
};

/// The run in that folder, with `overrides` of keys that change no bits of the rounds that are done. Snapshots that
/// cannot be used are told of on stderr. Throws UserError when the folder is no run, the run has no snapshot
/// (bad_data), or a key may not be changed.
Resumption take_up(const std::filesystem::path& folder, const std::vector<std::string>& overrides,
                   const Catalogue& catalogue);

}  // namespace zenops

#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "attacks/knowledge.hpp"
#include "base/parameter.hpp"

namespace zenops {

/// In which rounds of a run somebody lies.
struct Times {
  uint32_t start = 1;        // the first
  uint32_t stop = 0;         // the first after them; 0: to the end
  uint32_t ramp = 0;         // rounds over which the chance rises to its full in equal steps; 0: it begins there
  uint32_t on = 0, off = 0;  // so many rounds it lies, so many it is honest, and so on; 0: no pause
  bool operator==(const Times&) const = default;  // the same rounds

  bool covers(uint32_t round) const { return round >= start && (stop == 0 || round < stop); }  // also of a pause
  /// Of its full chance, the share in a round that it covers.
  double share(uint32_t round) const {
    const uint32_t since = round - start;
    if (on > 0 && since % (uint64_t{on} + off) >= on) return 0;
    return ramp == 0 ? 1 : std::min(1.0, (since + 1.0) / ramp);
  }
};

/// One kind of lie and who tells it. With several entries the first that names a worker and covers the round is its own.
struct AttackOptions {
  std::string name = "none";
  Parameters parameters;          // those of the catalogue's line, scale among them
  double rate = 0;                // chance of each block message to be poisoned; fixed liars: 1
  std::vector<uint32_t> workers;  // empty: every worker
  Times times = {};
};

/// What liars of a run can know.
struct AdversaryOptions {
  Sight threat_model = Sight::nothing;
};

}  // namespace zenops

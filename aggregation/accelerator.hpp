#pragma once
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "aggregation/geometry.hpp"
#include "aggregation/plan.hpp"
#include "aggregation/server_options.hpp"

namespace zenops {

/// A step of the server's optimizer (server_optimizer.hpp) in one segment, from one version of it to another. No two versions that differ
/// have the same number, and of two steps that are begun the later one's `after` is larger.
struct Stepping {
  ServerOptions optimizer = {};
  float scale = 1;  // it steps by so many times what was made of the rows; sgd, in whose rate that is, does not look at it
  uint64_t before = 0, after = 0;
  std::span<const float> weights = {};                 // of the version before
  std::array<std::span<const float>, 2> moments = {};  // likewise, m and v, as many as it has; empty where they are at the Residence only
  std::span<float> out = {};                           // the weights of the version after
};

/// One segment of one group's rows at an accelerator, from their coming to combining: what was copied there for the one is there for
/// the other. As long as this is there, a pointer to a row stands for the same `size` floats; what is trusted is read each time, unless it
/// was brought. Any thread may use it. What fails at the accelerator is thrown, in one line.
class Workspace {
 public:
  virtual ~Workspace() = default;
  /// Copies what measure() and combine() are going to read, while others are still awaited; none of it is null. Waits for what is copied
  /// to the same place at the moment. Does nothing once either has been asked for, nor after a row that was brought found no room: what is
  /// not there is copied when it is asked for. Where a copy fails otherwise, the segment is left to the processor. Throws nothing.
  virtual void bring(std::span<const float* const> rows, size_t size) = 0;
  /// geometry.hpp's measure(), to the bit for finite rows; none: it is left to that.
  virtual std::optional<Products> measure(std::span<const float* const> rows, const float* trusted, size_t size, bool table,
                                          bool signs, bool gaps) = 0;
  /// plan.hpp's combine(), to the bit for finite rows; false: it is left to that, and `out` (size) is as it was. `at`: as there.
  virtual bool combine(const BlockPlan& plan, std::span<const float* const> rows, const float* trusted, size_t size, float* out,
                       size_t at = 0) = 0;
  /// Combines and, before anything is brought back, steps by that: to the bit what the processor makes of finite rows. The version after
  /// is at the Residence then; its moments are there only. False: it is left to the processor, nothing has been written and the version
  /// before is there as it was. So it is where there is no Residence, where it is too small or has no room, where what failed left the
  /// accelerator well, and for a step that was begun before another one that has been here.
  virtual bool step(const BlockPlan& plan, std::span<const float* const> rows, const float* trusted, const Stepping& stepping,
                    size_t at = 0) = 0;
};

/// What of one segment stays at an accelerator from round to round: weights, and what the server's optimizer remembers of the newest
/// version and of the one before. Any thread may use it. What fails at the accelerator is thrown, in one line.
class Residence {
 public:
  virtual ~Residence() = default;
  /// For the rows of a round. It may outlive this.
  virtual std::unique_ptr<Workspace> workspace() = 0;
  /// Writes what the optimizer remembers of that version, moment by moment; false: that version is not there, and nothing is written.
  virtual bool moments(uint64_t version, std::span<const std::span<float>> out) = 0;
  /// That step is made by the processor: of all versions but the one before it lets go, unless a later step has been here.
  virtual void made_elsewhere(uint64_t before, uint64_t after) = 0;
};
using Residences = std::vector<std::unique_ptr<Residence>>;

/// One for each segment.
using Workspaces = std::vector<std::unique_ptr<Workspace>>;

/// What may measure and combine rows in the processor's place. Any thread may use it.
class Accelerator {
 public:
  virtual ~Accelerator() = default;
  /// They may outlive this.
  virtual std::unique_ptr<Workspace> workspace() = 0;
  /// Of a segment of so many numbers.
  virtual std::unique_ptr<Residence> residence(size_t size) = 0;
  /// Whether a workspace measures so many rows, with the trusted one if there is one, of so many numbers, room permitting.
  virtual bool measures(size_t points, size_t size, bool table, bool signs, bool gaps) const = 0;
  /// Likewise whether it combines so many rows so.
  virtual bool combines(const BlockPlan& plan, size_t rows, size_t size) const = 0;
  /// So many workspaces copy at a time; others would wait for them.
  virtual size_t at_a_time() const = 0;
  /// What has been left to the processor and was not too small: reasons that have not been told yet ("a mean of more than 512 rows is not
  /// computed on a card"), each of them once.
  virtual std::vector<std::string> news() = 0;
  /// How it failed, in one line, where nothing more can come of it in this process; empty: it has not.
  virtual std::string lost() const = 0;
};

}  // namespace zenops

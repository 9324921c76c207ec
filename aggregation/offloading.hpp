#pragma once
#include <stdexcept>

#include "aggregation/accelerator.hpp"

namespace zenops {

/// A lane's memory is too little for what was asked of it, and why, in one line. Nothing is wrong with the lane.
class NoRoom : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A stream of work on memory that the processor does not see: what is asked of it is done in order. One thread at a
/// time; what fails is thrown, in one line. make(), measure(), combine() and step() throw NoRoom where it is that.
class Lane {
 public:
  virtual ~Lane() = default;
  /// Floats there, not initialised. They are given back by whichever thread lets go of them, and outlive the lane.
  virtual std::shared_ptr<float> make(size_t size) = 0;
  virtual void upload(std::span<const float> from, float* to) = 0;
  /// They are there when this returns.
  virtual void download(const float* from, std::span<float> to) = 0;
  /// geometry.hpp's measure() and plan.hpp's combine() of what lies there; only what objection() says nothing of.
  virtual Products measure(std::span<const float* const> rows, const float* trusted, size_t size, bool table,
                           bool signs, bool gaps) = 0;
  virtual void combine(const BlockPlan& plan, std::span<const float* const> rows, const float* trusted, size_t size,
                       float* out, size_t at) = 0;
  /// A copy within that memory.
  virtual void copy(const float* from, float* to, size_t size) = 0;
  /// What is stepped, (size) floats each; a moment that there is not is null.
  struct Stepped {
    float* weights;
    std::array<float*, 2> moments;
  };
  /// Combines and steps in place by so many times what that gives (Stepping::scale).
  virtual void step(const BlockPlan& plan, std::span<const float* const> rows, const float* trusted, size_t size,
                    const ServerOptions& optimizer, float scale, const Stepped& stepped, size_t at) = 0;
  /// Why that many rows, with the trusted one if there is one, are not measured so there; empty: they are.
  virtual std::string objection(size_t points, bool table, bool signs, bool gaps) const = 0;
  /// Likewise of combining.
  virtual std::string objection(const BlockPlan& plan, size_t rows) const = 0;
  /// Whether it can go on after something has failed.
  virtual bool well() noexcept = 0;
};

/// Rows of fewer bytes in all are left to the processor. A predicted number, not a measured one. The card's time for B
/// bytes is taken as 50 µs, for launches, events and the result's way back, and B / 50 GB/s on the way (PCIe 5, 16
/// lanes); its own reading comes to little beside that. One core takes B / 22 GB/s where it only reads, and B / 6 GB/s
/// for the distances of fifty rows (docs/benchmarks.md): the two are equal at 2 MB and at 0.34 MB. This lies between.
inline constexpr size_t kWorthCopying = 1024 * 1024;

/// Copies rows of at least `least` bytes to those lanes, a segment's all to the same, in turn: as many threads copy at
/// a time as there are lanes. Memory for n rows of a segment, the trusted one and the result is taken at a time; the
/// rows stay until they are combined, so that each is copied once, or left to the processor, or until their workspace
/// goes. Where there is NoRoom the segment's rows go, too, and the processor does it: the first reason is told. Once
/// there was NoRoom for rows that were brought, none are brought any more: each segment's are copied when it is its turn.
/// What stays of a segment is at most, per number: the newest weights and two versions of each moment; while it steps
/// another of each. Where a step has NoRoom for that the segment's rows are combined alone.
std::shared_ptr<Accelerator> offload_to(std::vector<std::unique_ptr<Lane>> lanes, size_t least = kWorthCopying);

}  // namespace zenops

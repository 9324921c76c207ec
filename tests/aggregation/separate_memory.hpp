#pragma once
#include <algorithm>
#include <atomic>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>

#include "aggregation/offloading.hpp"
#include "aggregation/server_optimizer.hpp"

namespace zenops {

/// Memory that stands for a card's, where the processor's functions compute: whoever gives them a pointer to anything
/// else, or reads a result that was not brought back, is told so.
struct SeparateMemory {
  std::atomic<int> uploads = 0, downloads = 0, measured = 0, combined = 0, stepped = 0, made = 0;
  std::atomic<size_t> floats = 0;        // that are there now
  std::atomic<size_t> room = SIZE_MAX;   // floats that there can be
  std::function<void()> before = [] {};  // each measuring, combining and stepping
  std::function<void()> before_upload = [] {};
  std::function<void()> before_download = [] {};
  std::atomic<bool> well = true;         // whether it goes on after a failure
  std::function<std::string(const BlockPlan&)> objects = [](const BlockPlan&) { return std::string(); };

  std::mutex mutex;
  std::map<const float*, size_t> there;
};

class SeparateLane final : public Lane {
 public:
  explicit SeparateLane(std::shared_ptr<SeparateMemory> memory) : memory_(std::move(memory)) {}

  std::shared_ptr<float> make(size_t size) override {
    std::lock_guard lock(memory_->mutex);
    if (memory_->floats + size > memory_->room)
      throw NoRoom("no room for " + std::to_string(size) + " beside " + std::to_string(memory_->floats));
    auto* floats = new float[size];
    std::fill_n(floats, size, std::numeric_limits<float>::quiet_NaN());
    memory_->there[floats] = size;
    memory_->floats += size;
    ++memory_->made;
    return {floats, [memory = memory_, size](float* gone) {
              std::lock_guard lock(memory->mutex);
              memory->there.erase(gone);
              memory->floats -= size;
              delete[] gone;
            }};
  }
  void upload(std::span<const float> from, float* to) override {
    expect_there(to, from.size());
    memory_->before_upload();
    ++memory_->uploads;
    std::ranges::copy(from, to);
  }
  void download(const float* from, std::span<float> to) override {
    expect_there(from, to.size());
    memory_->before_download();
    ++memory_->downloads;
    std::copy_n(from, to.size(), to.begin());
  }
  Products measure(std::span<const float* const> rows, const float* trusted, size_t size, bool table, bool,
                   bool) override {
    for (const float* row : rows) expect_there(row, size);
    expect_there(trusted, size);
    memory_->before();
    ++memory_->measured;
    return zenops::measure(rows, trusted, size, table);
  }
  void combine(const BlockPlan& plan, std::span<const float* const> rows, const float* trusted, size_t size, float* out,
               size_t at) override {
    for (const float* row : rows) expect_there(row, size);
    expect_there(trusted, size);
    expect_there(out, size);
    memory_->before();
    ++memory_->combined;
    zenops::combine(plan, rows, trusted, size, out, at);
  }
  void copy(const float* from, float* to, size_t size) override {
    expect_there(from, size);
    expect_there(to, size);
    std::copy_n(from, size, to);
  }
  void step(const BlockPlan& plan, std::span<const float* const> rows, const float* trusted, size_t size,
            const ServerOptions& options, float scale, const Stepped& there, size_t at) override {
    for (const float* row : rows) expect_there(row, size);
    expect_there(trusted, size);
    expect_there(there.weights, size);
    memory_->before();
    ++memory_->stepped;
    const ServerOptimizer optimizer(options);
    std::vector<float> made(size), change(size);
    zenops::combine(plan, rows, trusted, size, made.data(), at);
    const std::span<float> weights(there.weights, size);
    if (optimizer.moments() == 0) return add_scaled(weights, options.lr, made);
    add_scaled(change, scale, made);
    ServerOptimizer::Moments moments;
    for (size_t k = 0; k < optimizer.moments(); ++k) {
      if (!there.moments[k]) throw std::logic_error("a moment is not there");
      expect_there(there.moments[k], size);
      moments[k] = {there.moments[k], size};
    }
    optimizer.step(weights, change, moments);
  }
  std::string objection(size_t, bool, bool signs, bool gaps) const override {
    return signs || gaps ? "signs and gaps are not measured there" : "";
  }
  std::string objection(const BlockPlan& plan, size_t) const override {
    if (plan.combine == Combine::majority || plan.noise != 0) return "majorities and noise are not made there";
    return memory_->objects(plan);
  }
  bool well() noexcept override { return memory_->well; }

 private:
  void expect_there(const float* row, size_t size) {
    if (!row) return;
    std::lock_guard lock(memory_->mutex);
    const auto found = memory_->there.find(row);
    if (found == memory_->there.end() || found->second != size) throw std::logic_error("that memory is not there");
  }

  const std::shared_ptr<SeparateMemory> memory_;
};

inline std::shared_ptr<Accelerator> separate(const std::shared_ptr<SeparateMemory>& memory, size_t least = 0,
                                             size_t lanes = 2) {
  std::vector<std::unique_ptr<Lane>> out;
  for (size_t k = 0; k < lanes; ++k) out.push_back(std::make_unique<SeparateLane>(memory));
  return offload_to(std::move(out), least);
}

}  // namespace zenops

#pragma once
#include <atomic>
#include <memory>
#include <utility>

#include "aggregation/accelerator.hpp"

namespace zenops {

/// An accelerator that counts what another is asked for and does.
class Counted final : public Accelerator {
 public:
  struct Counts {
    std::atomic<int> brought = 0, asked_to_measure = 0, measured = 0, combined = 0, stepped = 0;
  };
  Counted(std::shared_ptr<Accelerator> whose, std::shared_ptr<Counts> counts)
      : whose_(std::move(whose)), counts_(std::move(counts)) {}

  std::unique_ptr<Workspace> workspace() override { return std::make_unique<Segment>(whose_->workspace(), counts_); }
  std::unique_ptr<Residence> residence(size_t size) override { return std::make_unique<Home>(whose_->residence(size), counts_); }
  bool measures(size_t points, size_t size, bool table, bool signs, bool gaps) const override {
    return whose_->measures(points, size, table, signs, gaps);
  }
  bool combines(const BlockPlan& plan, size_t rows, size_t size) const override {
    return whose_->combines(plan, rows, size);
  }
  size_t at_a_time() const override { return whose_->at_a_time(); }
  std::vector<std::string> news() override { return whose_->news(); }
  std::string lost() const override { return whose_->lost(); }

 private:
  class Segment final : public Workspace {
   public:
    Segment(std::unique_ptr<Workspace> whose, std::shared_ptr<Counts> counts)
        : whose_(std::move(whose)), counts_(std::move(counts)) {}
    void bring(std::span<const float* const> rows, size_t size) override {
      counts_->brought += static_cast<int>(rows.size());
      whose_->bring(rows, size);
    }
    std::optional<Products> measure(std::span<const float* const> rows, const float* trusted, size_t size, bool table,
                                    bool signs, bool gaps) override {
      ++counts_->asked_to_measure;
      auto out = whose_->measure(rows, trusted, size, table, signs, gaps);
      counts_->measured += out.has_value();
      return out;
    }
    bool combine(const BlockPlan& plan, std::span<const float* const> rows, const float* trusted, size_t size,
                 float* out, size_t at) override {
      const bool done = whose_->combine(plan, rows, trusted, size, out, at);
      counts_->combined += done;
      return done;
    }
    bool step(const BlockPlan& plan, std::span<const float* const> rows, const float* trusted, const Stepping& stepping,
              size_t at) override {
      const bool done = whose_->step(plan, rows, trusted, stepping, at);
      counts_->combined += done;
      counts_->stepped += done;
      return done;
    }

   private:
    const std::unique_ptr<Workspace> whose_;
    const std::shared_ptr<Counts> counts_;
  };

  class Home final : public Residence {
   public:
    Home(std::unique_ptr<Residence> whose, std::shared_ptr<Counts> counts)
        : whose_(std::move(whose)), counts_(std::move(counts)) {}
    std::unique_ptr<Workspace> workspace() override { return std::make_unique<Segment>(whose_->workspace(), counts_); }
    bool moments(uint64_t version, std::span<const std::span<float>> out) override {
      return whose_->moments(version, out);
    }
    void made_elsewhere(uint64_t before, uint64_t after) override { whose_->made_elsewhere(before, after); }

   private:
    const std::unique_ptr<Residence> whose_;
    const std::shared_ptr<Counts> counts_;
  };

  const std::shared_ptr<Accelerator> whose_;
  const std::shared_ptr<Counts> counts_;
};

}  // namespace zenops

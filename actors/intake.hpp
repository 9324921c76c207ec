#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace zenops {

/// The result of one task of a worker, in asynchronous training.
struct Update {
  uint32_t worker, incarnation, number;
  bool active;    // it sent something
  uint32_t base;  // the version from which it began
  double loss;    // NaN: it told none
};

/// The results of one group whose turn has come: when each is taken up, and which are judged together.
///
///   offer() --> queue --next(), when there is a row to judge by--> taken --keep()--> buffer --close()--> a batch
///                     --its worker has another in the buffer--> put aside until that is closed
class Intake {
 public:
  /// Its turn has come.
  void offer(const Update& update) { queue_.push_back(update); }
  /// The validator's row is there, made in that task of it; 0: none is needed.
  void judge_by(uint32_t direction);
  uint32_t direction() const { return direction_; }
  /// The next that is taken up, if there is one and it can be judged.
  std::optional<Update> next();
  /// Of those that were taken up `most` were since the validator's last row: nothing is taken up before it has another.
  bool wants_a_row(uint32_t most);
  /// Into the batch that fills. Whoever is in it has no other in it. How many there are.
  size_t keep(const Update& update);
  bool empty() const { return buffer_.empty(); }
  /// The batch, as it is. What was put aside for it is next.
  std::vector<Update> close();

 private:
  std::deque<Update> queue_;
  std::vector<Update> buffer_;
  std::vector<Update> aside_;  // of workers that are in the buffer
  uint32_t taken_ = 0;         // since the validator's last row
  bool ready_ = false;
  uint32_t direction_ = 0;
};

}  // namespace zenops

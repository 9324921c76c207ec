#pragma once
#include <cstddef>
#include <span>

namespace zenops {

/// Floats of a cache line.
inline constexpr size_t kLine = 16;

/// Asks the memory for a cache line, into the second cache: the nearest has room for far fewer requests that are under
/// way. Past an array's end it does no harm. Always inlined: a call would make a kernel save all its registers.
[[gnu::always_inline]] inline void ask_for(const float* line) { __builtin_prefetch(line, 0, 2); }

/// What is asked of the memory while a block is worked on: the next one, all rows side by side, evenly over the time
/// that the work takes. Row after row, or at once, the memory has now nothing to do and now too much.
class Ahead {
 public:
  /// The elements from `first` on of each of `rows`, of which none is null. Nothing is asked where there are none.
  Ahead(std::span<const float* const> rows, size_t first) : rows_(rows.data()), count_(rows.size()), at_(first) {}

  [[gnu::always_inline]] void ask(size_t lines) {
    if (count_ == 0) return;
    for (; lines > 0; --lines) {
      ask_for(rows_[row_] + at_);
      if (++row_ < count_) continue;
      row_ = 0;
      at_ += kLine;
    }
  }

  size_t rows() const { return count_; }

 private:
  const float* const* rows_;
  size_t count_, at_, row_ = 0;
};

}  // namespace zenops

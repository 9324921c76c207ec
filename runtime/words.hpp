#pragma once
#include <capnp/common.h>
#include <kj/common.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

namespace zenops {

/// The words of a Cap'n Proto message as one flat array, written by whoever makes them and immutable from then on. Few
/// of them lie here, more are shared by copies.
class Words {
 public:
  Words() {}
  /// Not initialised.
  explicit Words(size_t size) : size_(static_cast<uint32_t>(size)) {
    if (is_far()) new (&far_) Far(std::make_shared_for_overwrite<capnp::word[]>(size));
  }
  explicit Words(kj::ArrayPtr<const capnp::word> words) : Words(words.size()) {
    std::copy_n(words.begin(), size_, data());
  }
  /// Of those bytes as many as make whole words.
  explicit Words(std::span<const std::byte> bytes) : Words(bytes.size() / sizeof(capnp::word)) {
    std::memcpy(data(), bytes.data(), this->bytes().size());
  }
  Words(const Words& other) : size_(other.size_) {
    if (is_far()) {
      new (&far_) Far(other.far_);
    } else {
      std::copy_n(other.near_, size_, near_);
    }
  }
  Words(Words&& other) noexcept : size_(other.size_) {
    if (is_far()) {
      new (&far_) Far(std::move(other.far_));
      other.clear();
    } else {
      std::copy_n(other.near_, size_, near_);
      other.size_ = 0;
    }
  }
  Words& operator=(Words other) noexcept {
    clear();
    new (this) Words(std::move(other));
    return *this;
  }
  ~Words() { clear(); }

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  const capnp::word* begin() const { return is_far() ? far_.get() : near_; }
  /// For whoever makes them.
  capnp::word* data() { return is_far() ? far_.get() : near_; }
  kj::ArrayPtr<const capnp::word> view() const { return {begin(), size_}; }
  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(begin(), size_)); }

 private:
  using Far = std::shared_ptr<capnp::word[]>;
  static constexpr size_t most_here = 5;  // what small messages need; more would make all of them larger
  bool is_far() const { return size_ > most_here; }
  void clear() {
    if (is_far()) far_.~Far();
    size_ = 0;
  }
  union {
    capnp::word near_[most_here];
    Far far_;
  };
  uint32_t size_ = 0;  // a message has fewer than 2^29 words
};

}  // namespace zenops

#pragma once
#include "runtime/envelope.hpp"

namespace zenops {

/// How much of a message may be read: in proportion to its size, so that a small one cannot unfold into a large one.
inline capnp::ReaderOptions reading_limits(const Envelope& envelope) {
  return {.traversalLimitInWords = 4 * envelope.words.size() + 64, .nestingLimit = 16};
}

/// A typed view of an envelope, read in place, within reading_limits(). Throws kj::Exception on bytes that are not such a message; `Behavior` catches it.
template <class Root>
class Msg {
 public:
  /// Of an envelope that stays where it is.
  explicit Msg(const Envelope& envelope) : Msg(envelope, reading_limits(envelope)) {}
  /// Within other limits.
  Msg(const Envelope& envelope, capnp::ReaderOptions limits)
      : envelope_(envelope), reader_(envelope.words.view(), limits), root_(reader_.template getRoot<Root>()) {}
  Msg(const Msg&) = delete;

  /// Its fields.
  const typename Root::Reader* operator->() const { return &root_; }
  /// The message.
  typename Root::Reader operator*() const { return root_; }
  /// What lies beside it.
  std::span<const Row> rows() const { return envelope_.rows; }
  /// Of which it is.
  const Envelope& envelope() const { return envelope_; }

 private:
  const Envelope& envelope_;
  capnp::FlatArrayMessageReader reader_;
  typename Root::Reader root_;
};

}  // namespace zenops

#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace zenops {

/// What can go wrong in a running node. A peer's mistake is one of these: counted, answered, never thrown.
enum class Ec : uint8_t {
  malformed,    // bytes that are not a message, or a message that contradicts itself
  wrong_shape,  // a tensor that does not fit the layout
  not_finite,   // NaN or Inf among the numbers
  stranger,     // not a member of the round
  stale,        // an old round or an old incarnation
  duplicate,    // said before
  late,         // after the deadline
  timeout,      // no answer within the deadline
  unreachable,  // nobody of that name, or it fell before it answered
  unexpected,   // a message its receiver has no handler for, or from somebody who may not send it
  failed,       // the work itself failed
};
std::string_view to_string(Ec);

/// Of what there was too little, where that is why something could not be done. Where places lack several things it is the first of these.
enum class Lack : uint8_t { nothing, gpus, gpu_memory, cores, memory, other };

struct Error {
  Ec code;
  std::string what;  // a sentence, without a final full stop
  Lack lack = Lack::nothing;
};

template <class T>
using Expected = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Ec code, std::string what, Lack lack = Lack::nothing) {
  return tl::unexpected<Error>({code, std::move(what), lack});
}

/// A mistake the user can mend, found before the work starts or while its result is saved: thrown with a sentence that says
/// what was found and what was expected; `main` prints it and exits with `exit_code`.
class UserError : public std::runtime_error {
 public:
  static constexpr int run_failed = 1, bad_config = 2, bad_data = 3, cannot_write = 4;
  UserError(int exit_code, const std::string& what) : std::runtime_error(what), exit_code_(exit_code) {}
  int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

}  // namespace zenops

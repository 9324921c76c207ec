#pragma once
#include <stdexcept>

namespace zenops::cuda {

/// What could not be done on a card, and why, in one line. After a fault of the card itself all that is left for the
/// process is to end.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace zenops::cuda

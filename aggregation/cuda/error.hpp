#pragma once
#include <stdexcept>

namespace zenops::cuda {

/// What could not be done on a card, and why, in one line. After a fault of the card itself all that is left for the
/// process is to end.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A card's memory, or what may be taken of it, is too little for what was asked. Nothing is wrong with the card.
class NoRoom : public Error {
 public:
  using Error::Error;
};

}  // namespace zenops::cuda

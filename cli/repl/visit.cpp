#include "cli/repl/visit.hpp"

namespace zenops::repl {

Expected<void> Visit::spawn(const SpawnOrder& order) {
  return fail(Ec::unexpected,
              "the head at " + address_ + " has no type " + order.type + " of which it could begin an actor");
}

}  // namespace zenops::repl

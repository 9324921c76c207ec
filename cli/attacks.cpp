#include "cli/listing.hpp"

namespace zenops {
namespace {

/// The kind of lie, in a word.
std::string kind(Lie lie) {
  switch (lie) {
    case Lie::in_content:
      return "content";
    case Lie::in_data:
      return "data";
    case Lie::collusion:
      return "collusion";
    case Lie::silence:
      return "silence";
    case Lie::crash:
      return "crash";
    case Lie::delay:
      return "delay";
    case Lie::repetition:
      return "repetition";
  }
  return "?";
}

}  // namespace

Command add_attacks(CLI::App& program, const Catalogue& catalogue) {
  return add_listing(program, "attacks", "list the ways in which workers can lie",
                     "attack: {name: negative, scale: 200, rate: 0.2}", [&catalogue] {
                       std::vector<Listed> list;
                       for (const auto& attack : catalogue.attacks.entries())
                         list.push_back({&attack, {{"lie", attack.one_shard ? "one shard" : kind(attack.lie)}, {"sees", to_string(attack.sees)}}});
                       return list;
                     });
}

}  // namespace zenops

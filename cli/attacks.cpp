#include "cli/listing.hpp"

namespace zenops {

Command add_attacks(CLI::App& program, const Catalogue& catalogue) {
  return add_listing(program, "attacks", "list the ways in which workers can lie",
                     "attack: {name: negative, scale: 200, rate: 0.2}", [&catalogue] {
                       std::vector<Listed> list;
                       for (const auto& attack : catalogue.attacks.entries()) list.push_back({&attack, {}});
                       return list;
                     });
}

}  // namespace zenops

#include "cli/listing.hpp"

namespace zenops {

Command add_rules(CLI::App& program, const Catalogue& catalogue) {
  return add_listing(program, "rules", "list the rules that make one update of many", "rule: {name: zeno, eta: 0}",
                     [&catalogue] {
                       std::vector<Listed> list;
                       for (const auto& rule : catalogue.rules.entries())
                         list.push_back({&rule, {{"tolerates", rule.tolerates}, {"passes", rule.passes}}});
                       return list;
                     });
}

}  // namespace zenops

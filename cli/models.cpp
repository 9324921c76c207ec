#include "cli/listing.hpp"

namespace zenops {

Command add_models(CLI::App& program, const Catalogue& catalogue) {
  return add_listing(program, "models", "list the models", "model: {name: mlp}", [&catalogue] {
    std::vector<Listed> list;
    for (const auto& model : catalogue.models.entries()) list.push_back({&model, {{"input", model.wants ? to_string(*model.wants) : "any"}}});
    return list;
  });
}

}  // namespace zenops

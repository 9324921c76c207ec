#include <filesystem>

#include "cli/listing.hpp"

namespace zenops {
namespace {

bool has_files(const std::string& folder) {
  std::error_code error;
  const std::filesystem::directory_iterator files(folder, error);
  return !error && files != std::filesystem::directory_iterator();
}

Listed listed(const DatasetEntry& dataset) {
  Listed result{&dataset, {}};
  if (!dataset.usual_path.empty()) {
    const bool present = has_files(dataset.usual_path);
    result.facts.push_back({"folder", dataset.usual_path});
    result.facts.push_back({"present", present});
  }
  result.facts.push_back({"how to get it", dataset.how_to_get});
  return result;
}

}  // namespace

Command add_datasets(CLI::App& program, const Catalogue& catalogue) {
  return add_listing(program, "datasets", "list the data sets, and whether their files are here",
                     "data: {name: fashion_mnist, path: FOLDER}", [&catalogue] {
                       std::vector<Listed> list;
                       for (const auto& dataset : catalogue.datasets.entries()) list.push_back(listed(dataset));
                       return list;
                     });
}

}  // namespace zenops

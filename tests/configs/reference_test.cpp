#include "configs/reference.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "configs/config.hpp"
#include "configs/demo.hpp"

namespace zenops {
namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ReferenceTest, ThePageIsUpToDate) {
  EXPECT_EQ(text_of("docs/configuration.md"), configuration_reference(Catalogue{}))
      << "write it anew: zenops-cli config --reference > docs/configuration.md";
}

TEST(ReferenceTest, EveryConfigThatComesWithZenopsResolves) {
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("configs")) {
    if (entry.path().extension() != ".yaml" || entry.path().parent_path() == "configs/sweeps") continue;
    SCOPED_TRACE(entry.path());
    ++files;
    EXPECT_NO_THROW(load_config(entry.path(), {}, Catalogue{}));
  }
  EXPECT_GE(files, 7);
}

TEST(ReferenceTest, TheDemoThatWasBuiltInIsTheFile) { EXPECT_EQ(demo_yaml(), text_of("configs/demo.yaml")); }

}  // namespace
}  // namespace zenops

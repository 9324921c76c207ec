#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>

#include "configs/config.hpp"
#include "configs/problems.hpp"
#include "configs/resolved.hpp"
#include "tests/configs/small_catalogue.hpp"

namespace zenops {
namespace {

std::string text_of(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A few bytes changed, taken out, put in or repeated; what YAML cares about more often than the rest.
std::string mutate(std::string text, std::mt19937& random) {
  static const std::string spice = "{}[]:,-#&*!|>'\"%@`?~ \n\t\r0123456789.eE+\\\0\x80\xff";
  for (uint32_t changes = 1 + random() % 6; changes > 0 && !text.empty(); --changes) {
    const size_t at = random() % text.size();
    switch (random() % 5) {
      case 0:
        text[at] = spice[random() % spice.size()];
        break;
      case 1:
        text.insert(at, 1, spice[random() % spice.size()]);
        break;
      case 2:
        text.erase(at, 1 + random() % 8);
        break;
      case 3:
        text.insert(random() % text.size(), text.substr(at, 1 + random() % 30));
        break;
      case 4:
        text.resize(at);
        break;
    }
  }
  return text;
}

TEST(ConfigFuzzTest, AnyTextIsAConfigOrAConfigError) {
  constexpr uint32_t seed = 20240607;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto catalogue = small_catalogue();
  const std::vector<std::string> originals{text_of("configs/fashion_mnist_zeno.yaml"), text_of("tests/data/lies.yaml"),
                                           text_of("tests/data/wrong_type.yaml"),
                                           text_of("tests/data/out_of_range.yaml")};
  int resolved = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = mutate(originals[i % originals.size()], random);
    try {
      const auto config = parse_config(text, "fuzz", {}, catalogue);
      ++resolved;
      ASSERT_NO_THROW(parse_config(to_yaml(config, catalogue), "printed", {}, catalogue)) << text;
    } catch (const ConfigError& e) {
      ASSERT_STRNE(e.what(), "") << text;
    }
  }
  EXPECT_GT(resolved, 100);
}

}  // namespace
}  // namespace zenops

// A rule of one's own: the mean of the rows without the longest one.
#include <algorithm>
#include <cstdio>
#include <zenops/aggregation.hpp>

namespace {

class WithoutTheLongest final : public zenops::Rule {
 public:
  zenops::Needs needs() const override { return {.norms = true}; }
  zenops::Plan decide(const zenops::Geometry& geometry) const override {
    return zenops::each_block(geometry, [](const zenops::Products& products) {
      const auto& norms = products.squared_norms;
      const size_t longest = static_cast<size_t>(std::ranges::max_element(norms) - norms.begin());
      std::vector<size_t> chosen;
      for (size_t k = 0; k < norms.size(); ++k)
        if (k != longest || norms.size() == 1) chosen.push_back(k);
      return zenops::mean_of(chosen, norms.size());
    });
  }
};

zenops::RuleEntry without_the_longest() {
  zenops::RuleEntry entry;
  entry.name = "without_the_longest";
  entry.sentence = "the mean of all rows but the longest";
  entry.tolerates = "one";
  entry.when = "where one lies, and exaggerates";
  entry.passes = 2;
  entry.needs = WithoutTheLongest().needs();
  entry.objection = [](const zenops::Parameters&, size_t) { return std::nullopt; };
  entry.make = [](const zenops::Parameters&) { return std::make_unique<const WithoutTheLongest>(); };
  return entry;
}

}  // namespace

int main() {
  auto rules = zenops::Rules::standard();
  rules.add(without_the_longest());
  const std::vector<std::vector<float>> rows = {{1, 2}, {3, 4}, {900, -900}};
  const std::vector<std::span<const float>> spans(rows.begin(), rows.end());
  const auto made = zenops::aggregate(rules, {.rule = {"without_the_longest", {}}, .pre = {}}, spans);
  if (!made) return std::fprintf(stderr, "%s\n", made.error().what.c_str()), 1;
  std::printf("%.0f %.0f\n", made->row[0], made->row[1]);
}

// Robust aggregation without the training: links zenops::aggregation and nothing else.
#include <cstdio>
#include <zenops/aggregation.hpp>

int main() {
  const std::vector<std::vector<float>> rows = {{1.0f, 2.0f}, {1.1f, 1.9f}, {0.9f, 2.1f}, {1.0f, 2.0f}, {900.0f, -900.0f}};
  const std::vector<std::span<const float>> spans(rows.begin(), rows.end());
  const zenops::RuleChoice choice{.rule = {"trimmed_mean", {{"f", 1}}}, .pre = {{"nnm"}}};
  const auto made = zenops::aggregate(zenops::Rules::standard(), choice, spans);
  if (!made) return std::fprintf(stderr, "%s\n", made.error().what.c_str()), 1;
  std::printf("%.2f %.2f\n", made->row[0], made->row[1]);
}

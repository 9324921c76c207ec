// An attack of one's own against two rules: every liar sends its update turned round, fifty times as long.
#include <cstdio>
#include <zenops/training.hpp>

namespace {

zenops::Catalogue catalogue_with_flip() {
  zenops::Catalogue catalogue;
  zenops::AttackEntry flip;
  flip.name = "flip";
  flip.sentence = "sends its update turned round, `factor` times as long";
  flip.parameters = {{.name = "factor", .default_value = 50, .min = 0, .max = 1e6, .sentence = "how much longer"}};
  flip.poison = [](std::span<float> update, const zenops::Parameters& parameters, zenops::Stream&) {
    for (float& x : update) x *= -static_cast<float>(parameters.at("factor"));
  };
  catalogue.attacks.add(flip);
  return catalogue;
}

double accuracy(const std::string& rule, const zenops::Catalogue& catalogue) {
  const auto config = zenops::parse_config(
      "seed: 1\n"
      "data: {name: blobs, partition: iid, batch: 16}\n"
      "model: {name: softmax}\n"
      "train: {rounds: 20, local_steps: 4, optimizer: {lr: 0.05}}\n"
      "cluster: {workers: 7, validators: 1, deadline: 60}\n"
      "rule: {name: " +
          rule +
          "}\n"
          "attack: {name: flip, workers: 2}\n",
      "the experiment", {}, catalogue);
  zenops::Training training(config.training, catalogue);
  return training.run().evaluation.accuracy;
}

}  // namespace

int main() {
  try {
    const auto catalogue = catalogue_with_flip();
    const double average = accuracy("average", catalogue), zeno = accuracy("zeno", catalogue);
    std::printf("average %.2f, zeno %.2f\n", average, zeno);
    return average < 0.5 && zeno > 0.7 ? 0 : 1;
  } catch (const zenops::UserError& e) {
    return std::fprintf(stderr, "%s\n", e.what()), e.exit_code();
  }
}

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "models/replica.hpp"
#include "tests/base/refusal.hpp"

namespace zenops {
namespace {

using testing::HasSubstr;

constexpr InputShape text{1, 6, 1, 5, 6};  // six of five characters

ModelOptions transformer(Parameters parameters = {}) {
  parameters.try_emplace("width", 8);
  parameters.try_emplace("heads", 2);
  return {.name = "char_transformer", .parameters = std::move(parameters)};
}

/// Texts of characters, and what follows each.
Batch texts(std::vector<float> characters, std::vector<int64_t> next) {
  return {static_cast<uint32_t>(characters.size() / 6), 1, 6, 1, std::move(characters), std::move(next), {}};
}

TEST(CharTransformer, HasALossForEveryCharacter) {
  const auto replica = ReplicaFactory(transformer(), text, 1).make();
  const Batch batch = texts({0, 1, 2, 3, 4, 0, 4, 3, 2, 1, 0, 4}, {1, 2, 3, 4, 0, 1, 3, 2, 1, 0, 4, 3});
  const Scores scores = replica->evaluate(batch);
  EXPECT_EQ(scores.count, 12u);
  EXPECT_NEAR(replica->compute_gradient(batch), scores.loss / 12, 1e-5);
}

TEST(CharTransformer, FallsAlongItsGradientAsFastAsItShould) {
  const auto replica = ReplicaFactory(transformer(), text, 1).make();
  const Batch batch = texts({0, 1, 2, 3, 4, 0, 4, 3, 2, 1, 0, 4}, {1, 2, 3, 4, 0, 1, 3, 2, 1, 0, 4, 3});
  replica->compute_gradient(batch);
  const std::vector<float> weights(replica->weights().begin(), replica->weights().end()),
      gradient(replica->gradient().begin(), replica->gradient().end());
  const double squared = std::inner_product(gradient.begin(), gradient.end(), gradient.begin(), 0.);
  const auto step = static_cast<float>(3e-3 / std::sqrt(squared));
  auto loss_at = [&](float t) {
    for (size_t i = 0; i < weights.size(); ++i) replica->weights()[i] = weights[i] + t * gradient[i];
    return replica->evaluate(batch).loss / 12;
  };
  EXPECT_NEAR((loss_at(step) - loss_at(-step)) / (2 * step), squared, .02 * squared);
}

// Otherwise it could read what it is asked for. The loss of the first five characters is what remains when the sixth's
// answer is summed over: Σ_c exp(−loss with answer c) = exp(−loss of the five).
TEST(CharTransformer, SeesOnlyWhatCameBefore) {
  const auto replica = ReplicaFactory(transformer(), text, 1).make();
  auto loss_of_five = [&](float first, float sixth) {
    double sum = 0;
    for (int64_t answer = 0; answer < 5; ++answer)
      sum += std::exp(-replica->evaluate(texts({first, 1, 2, 3, 4, sixth}, {1, 2, 3, 4, 0, answer})).loss);
    return -std::log(sum);
  };
  EXPECT_NEAR(loss_of_five(0, 0), loss_of_five(0, 2), 1e-5);
  EXPECT_GT(std::abs(loss_of_five(0, 0) - loss_of_five(2, 0)), 1e-3) << "what came before it does see";
}

TEST(CharTransformer, TellsWhatItCannotTake) {
  EXPECT_THAT(refusal(UserError::bad_config,
                      [] {
                        ReplicaFactory(transformer(), {28, 28, 1, 10}, 1);
                      }),
              HasSubstr("takes texts, 1 × length × 1, the data set has 28 × 28 × 1"));
  EXPECT_THAT(refusal(UserError::bad_config,
                      [] {
                        ReplicaFactory(transformer({{"heads", 3}}), text, 1);
                      }),
              HasSubstr("found width 8 and heads 3"));
}

TEST(CharTransformer, LearnsATextThatRepeats) {
  const auto replica = ReplicaFactory(transformer(), text, 1).make();
  const Batch batch = texts({0, 1, 2, 3, 4, 0, 4, 0, 1, 2, 3, 4}, {1, 2, 3, 4, 0, 1, 0, 1, 2, 3, 4, 0});
  for (int step = 0; step < 100; ++step) {
    replica->compute_gradient(batch);
    for (size_t i = 0; i < replica->weights().size(); ++i) replica->weights()[i] -= .1f * replica->gradient()[i];
  }
  EXPECT_EQ(replica->evaluate(batch).top1, 12u);
}

}  // namespace
}  // namespace zenops

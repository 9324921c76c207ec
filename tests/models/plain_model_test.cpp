#include <gmock/gmock.h>

#include "models/evaluation.hpp"
#include "models/replica.hpp"
#include "tests/base/refusal.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Answers with the class whose weight is largest; its loss is the sum of the weights, times a parameter.
Models with_constant() {
  Models models = Models::standard();
  models.add(plain_model(
      {"constant", "says the same to everything", "", {{.name = "factor", .default_value = 3, .min = 0, .max = 9, .sentence = "of its loss"}}},
      [](const InputShape& input, const Parameters&) -> Expected<Layout> {
        if (input.classes > 100) return fail(Ec::wrong_shape, "constant has opinions about no more than 100 classes");
        return Layout({{.name = "weight", .shape = {input.classes, 1}}});
      },
      [](const Layout&, const Parameters& parameters) {
        const auto factor = static_cast<float>(parameters.at("factor"));
        return PlainModel{[factor](std::span<const float> weights, const Batch&, std::span<float> gradient) {
                            float loss = 0;
                            for (size_t k = 0; k < weights.size(); ++k) {
                              gradient[k] += factor;
                              loss += factor * weights[k];
                            }
                            return loss;
                          },
                          [](std::span<const float> weights, const Batch& batch, std::vector<float>& outputs) {
                            outputs.clear();
                            for (size_t i = 0; i < batch.size; ++i)
                              outputs.insert(outputs.end(), weights.begin(), weights.end());
                          }};
      }));
  return models;
}

constexpr InputShape three_classes{1, 2, 1, 3};

TEST(PlainModel, IsTwoFunctionsOfWeightsAndABatch) {
  const ReplicaFactory factory({.name = "constant"}, three_classes, 1, with_constant());
  EXPECT_EQ(factory.layout().dimension(), 3u);
  const auto replica = factory.make();
  for (size_t k = 0; k < 3; ++k) EXPECT_EQ(replica->weights()[k], factory.initial_weights()[k]);
  replica->weights()[0] = 1;
  replica->weights()[1] = 5;
  replica->weights()[2] = 2;
  Batch batch;
  batch.size = 2;
  batch.labels = {1, 0};
  EXPECT_EQ(replica->compute_gradient(batch), 24);
  EXPECT_EQ(replica->compute_gradient(batch), 24) << "the gradient begins at zero each time";
  EXPECT_THAT(std::vector<float>(replica->gradient().begin(), replica->gradient().end()), ElementsAre(3, 3, 3));
  EXPECT_THAT(std::vector<float>(replica->outputs(batch).begin(), replica->outputs(batch).end()),
              ElementsAre(1, 5, 2, 1, 5, 2));
}

TEST(PlainModel, EachReplicaHasItsOwnWeights) {
  const ReplicaFactory factory({.name = "constant"}, three_classes, 1, with_constant());
  const auto one = factory.make(), other = factory.make();
  const float before = other->weights()[0];
  one->weights()[0] = before + 1;
  EXPECT_EQ(other->weights()[0], before);
}

TEST(PlainModel, IsKnownToTheCatalogueItWasAddedToAndToNoOther) {
  EXPECT_THAT(refusal(UserError::bad_config, [] { ReplicaFactory({.name = "constant"}, three_classes, 1); }),
              HasSubstr("there is no constant"));
  EXPECT_THAT(refusal(UserError::bad_config,
                      [] {
                        ReplicaFactory({.name = "constant"}, {1, 2, 1, 101}, 1, with_constant());
                      }),
              HasSubstr("no more than 100 classes"));
}

}  // namespace
}  // namespace zenops

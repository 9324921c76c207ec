// A network of the user's own, from a TorchScript file.
#include <gmock/gmock.h>

#include <cstdlib>
#include <thread>

#include "models/local_training.hpp"
#include "models/replica.hpp"
#include "tests/base/refusal.hpp"
#include "tests/base/temporary_folder.hpp"

namespace zenops {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr InputShape four{1, 4, 1, 3};  // features, classes

class ScriptTest : public testing::Test {
 protected:
  /// The options of a file that make_script.cpp writes.
  ModelOptions file(const std::string& name) const {
    const auto path = folder_ / (name + ".pt");
    if (std::system((ZENOPS_MAKE_SCRIPT " " + name + " '" + path.string() + "'").c_str()) != 0)
      throw std::runtime_error("could not make " + name);
    return {.name = scripted_model, .file = path};
  }
  std::string refusal_of(const ModelOptions& model, const InputShape& input = four) const {
    const auto what = refusal(UserError::bad_config, [&] { ReplicaFactory(model, input, 1); });
    EXPECT_THAT(what, HasSubstr(model.file.string()));
    return what;
  }
  std::string refusal_of(const std::string& name) const { return refusal_of(file(name)); }
  const TemporaryFolder folder_;
  const Batch batch_{2, 1, 4, 1, {1, 2, 3, 4, -1, 0, 1, 5}, {0, 2}, {1, Role::worker, 0, Purpose::dropout, 0}};
};

TEST_F(ScriptTest, BeginsWithTheWeightsAndNamesOfTheFile) {
  const ReplicaFactory factory(file("plain"), four, 1);
  std::vector<std::string> names;
  for (const Block& b : factory.layout().blocks()) names.push_back(b.name);
  EXPECT_THAT(names, ElementsAre("weight", "bias", "mean", "var"));
  EXPECT_FALSE(factory.layout().blocks()[1].buffer);
  EXPECT_TRUE(factory.layout().blocks()[2].buffer);
  EXPECT_EQ(factory.layout().blocks()[2].exchange, Exchange::trusted);
  EXPECT_FLOAT_EQ(factory.initial_weights()[0], -1);
  EXPECT_FLOAT_EQ(factory.initial_weights()[11], 1);
  const auto replica = factory.make();
  EXPECT_TRUE(std::ranges::equal(replica->weights(), factory.initial_weights()));
}

TEST_F(ScriptTest, IsTheSameFunctionAsTheCataloguesSoftmax) {
  const auto script = ReplicaFactory(file("plain"), four, 1).make();
  const auto softmax = ReplicaFactory({.name = "softmax"}, four, 1).make();
  std::ranges::copy(script->weights().first(15), softmax->weights().begin());
  for (int step = 0; step < 3; ++step) {  // the file's interpreter changes its ways after its first steps
    EXPECT_EQ(script->compute_gradient(batch_), softmax->compute_gradient(batch_));
    for (size_t i = 0; i < 15; ++i) {
      EXPECT_EQ(script->gradient()[i], softmax->gradient()[i]);
      script->weights()[i] -= .1f * script->gradient()[i];
      softmax->weights()[i] -= .1f * softmax->gradient()[i];
    }
    EXPECT_EQ(script->evaluate(batch_).loss, softmax->evaluate(batch_).loss);
  }
}

TEST_F(ScriptTest, MovesItsStatisticsInTheFlatVectorAndEvaluatesWithThem) {
  const auto replica = ReplicaFactory(file("normalised"), four, 1).make();
  const double before = replica->evaluate(batch_).loss;
  replica->compute_gradient(batch_);
  EXPECT_FLOAT_EQ(replica->weights()[15], 0);  // mean of 1 and −1
  EXPECT_FLOAT_EQ(replica->weights()[16], .1f);
  EXPECT_NE(replica->evaluate(batch_).loss, before);
}

TEST_F(ScriptTest, DropsOutByTheStepsOwnStreamOnWhateverThread) {
  const ReplicaFactory factory(file("dropout"), four, 1);
  auto losses = [&] {
    prepare_training_thread();
    const auto replica = factory.make();
    std::vector<float> out;
    for (uint32_t step = 0; step < 20; ++step) {
      Batch batch = batch_;
      batch.noise.step = step;
      out.push_back(replica->compute_gradient(batch));
    }
    return out;
  };
  std::vector<float> one, other;
  std::thread a([&] { one = losses(); }), b([&] { other = losses(); });
  a.join();
  b.join();
  EXPECT_EQ(one, other);
  EXPECT_EQ(losses(), one);
  EXPECT_NE(one[0], one[1]);
}

TEST_F(ScriptTest, RefusesWhatIsNoTorchScript) {
  EXPECT_THAT(refusal_of({.name = scripted_model, .file = folder_ / "missing.pt"}), HasSubstr("is no file"));
  const auto path = folder_.put("junk.pt", "junk");
  EXPECT_THAT(refusal_of({.name = scripted_model, .file = path}), HasSubstr("does not load as TorchScript"));
}

TEST_F(ScriptTest, RefusesWhatCannotBeTrained) {
  EXPECT_THAT(refusal_of("frozen"), HasSubstr("has no trainable parameter"));
  EXPECT_THAT(refusal_of("loose"), HasSubstr("does not depend on its parameters"));
  EXPECT_THAT(refusal_of("double"), AllOf(HasSubstr("weight as Double"), HasSubstr("expected Float")));
}

TEST_F(ScriptTest, RefusesAnInputOrOutputOfAnotherShape) {
  EXPECT_THAT(refusal_of(file("plain"), {1, 5, 1, 3}),
              AllOf(HasSubstr("does not take a batch of 2 × 1 × 1 × 5"), testing::Not(HasSubstr("frame #"))));
  EXPECT_THAT(refusal_of("seven"), HasSubstr("makes 2 × 7 of a batch of 2 × 1 × 1 × 4, expected 2 × 3"));
  EXPECT_THAT(refusal_of("flat"), HasSubstr("makes 6 of a batch"));
  EXPECT_THAT(refusal_of("list"), HasSubstr("makes no tensor"));
}

TEST_F(ScriptTest, RefusesRandomNumbersThatASeedWouldNotRepeat) {
  EXPECT_THAT(refusal_of("noise"), HasSubstr("aten::randn"));
}

TEST_F(ScriptTest, RefusesLocalStatistics) {
  ModelOptions model = file("normalised");
  model.batch_norm = BatchNormPolicy::local;
  EXPECT_THAT(refusal(UserError::bad_config, [&] { ReplicaFactory(model, four, 1); }),
              HasSubstr("batch_norm: found local"));
}

TEST_F(ScriptTest, ALossThatIsNoNumberIsNamedBeforeTraining) {
  const auto replica = ReplicaFactory(file("nan"), four, 1).make();
  EXPECT_THAT(refusal(UserError::bad_config, [&] { try_step(*replica, batch_); }),
              HasSubstr("the loss of the first batch is nan"));
}

}  // namespace
}  // namespace zenops

#include "actors/contradictions.hpp"

#include <gmock/gmock.h>

#include "actors/actor_state.hpp"
#include "actors/order_check.hpp"
#include "tests/actors/blobs.hpp"
#include "tests/base/refusal.hpp"

namespace zenops {
namespace {

using testing::Eq;
using testing::Optional;

std::string refused(const TrainingOptions& options) {
  return refusal(UserError::bad_config, [&] { Training(options, Catalogue{}); });
}

TEST(ContradictionsTest, WhoSendsAGradientTakesOneStepFromWhereEverybodyIs) {
  auto o = blobs();
  ASSERT_EQ(o.train.local_steps, 2u);
  EXPECT_TRUE(contradictions(o, Rules::standard()).empty());
  o.train.send = Send::gradient;
  EXPECT_EQ(refused(o), "train.local_steps: found 2, expected 1: train.send is gradient");
  o.train.send = Send::momentum;
  EXPECT_EQ(refused(o), "train.local_steps: found 2, expected 1: train.send is momentum");
  o.train.local_steps = 1;
  o.train.proximal = 0.25;
  EXPECT_EQ(refused(o), "train.proximal: found 0.25, expected 0: train.send is momentum");
  o.train.proximal = 0;
  EXPECT_TRUE(contradictions(o, Rules::standard()).empty());
}

TEST(ContradictionsTest, ARuleThatKeepsWhatEachSentTakesAsManyWorkersAsAStateHasRowsFor) {
  const std::string sentence = "cluster.workers: found 4081, expected at most 4080: foolsgold keeps what each worker sent, and a shard could not tell so many rows at once";
  auto o = blobs(most_summed + 1);
  EXPECT_TRUE(contradictions(o, Rules::standard()).empty()) << "zeno keeps nothing";
  EXPECT_THAT(OrderCheck(Rules::standard(), Attacks::standard(), o).rule({{.name = "foolsgold"}}), Optional(Eq(sentence)));
  o.rule = {.name = "foolsgold", .parameters = {}};
  EXPECT_EQ(refused(o), sentence);
  --o.cluster.workers;
  EXPECT_TRUE(contradictions(o, Rules::standard()).empty());
  EXPECT_EQ(OrderCheck(Rules::standard(), Attacks::standard(), o).rule({{.name = "foolsgold"}}), std::nullopt);
}

TEST(ContradictionsTest, TheStateOfAsManyWorkersAsThereMayBeFitsIntoAFrame) {
  ActorState state;
  for (const char* name : {"parameters", "server/m", "server/v"}) state.tensors[name] = Row(std::make_shared<float[]>(1), 0, 1);
  for (uint32_t w = 0; w < most_summed; ++w) state.tensors["sum/" + std::to_string(w)] = Row(std::make_shared<float[]>(1), 0, 1);
  const Envelope saved = Envelope::of<wire::Saved>([&](wire::Saved::Builder out) { write(state, out.initState()); }, rows_of(state));
  const auto read = from_bytes(to_bytes(saved));
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->rows.size(), most_summed + 3u);
}

}  // namespace
}  // namespace zenops

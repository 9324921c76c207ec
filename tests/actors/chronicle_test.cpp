#include "actors/chronicle.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "runtime/message.hpp"

namespace zenops {
namespace {

RoundReport round(uint32_t number, uint32_t worker = 0, const std::string& state = "answered") {
  RoundReport report;
  report.round = number;
  report.loss = 1.0 / number;
  WorkerReport w;
  w.worker = worker;
  w.state = state;
  w.accepted = 3;
  w.refused = {{"opposes", 2}, {"too long", 4}};
  w.poisoned = 5;
  report.workers = {w};
  return report;
}

Envelope written(const Chronicle& chronicle, uint32_t since = 0) {
  return Envelope::of<wire::Standing>([&](wire::Standing::Builder out) { chronicle.write(since, out); });
}

TEST(ChronicleTest, AddsUpWhatBecameOfEachWorkersMessages) {
  Chronicle chronicle(2);
  chronicle.count(round(1, 1));
  chronicle.count(round(2, 1, "absent"));
  chronicle.evicted(1);
  chronicle.lives(1, 2);
  const Envelope envelope = written(chronicle);
  const Msg<wire::Standing> standing(envelope);
  const auto silent = standing->getWorkers()[0], worker = standing->getWorkers()[1];
  EXPECT_EQ(worker.getAccepted(), 6u);
  EXPECT_EQ(worker.getRefused(), 12u);
  EXPECT_EQ(worker.getPoisoned(), 10u);
  EXPECT_STREQ(worker.getState().cStr(), "absent");
  EXPECT_EQ(worker.getIncarnation(), 2u);
  EXPECT_EQ(worker.getEvictions(), 1u);
  EXPECT_TRUE(std::isnan(worker.getLoss()));
  EXPECT_EQ(silent.getAccepted(), 0u);
  EXPECT_EQ(silent.getIncarnation(), 1u);
}

TEST(ChronicleTest, HasTheHistoryAfterARoundAndNoMoreThanItMayHold) {
  Chronicle chronicle(1);
  for (uint32_t k = 1; k <= Chronicle::most_moments + 5; ++k) chronicle.count(round(k));
  const Envelope all = written(chronicle), some = written(chronicle, 10'003);
  EXPECT_EQ(Msg<wire::Standing>(all)->getHistory().size(), Chronicle::most_moments);
  const Msg<wire::Standing> late(some);
  ASSERT_EQ(late->getHistory().size(), 2u);
  EXPECT_EQ(late->getHistory()[0].getRound(), 10'004u);
  EXPECT_EQ(late->getHistory()[0].getLoss(), 1.0 / 10'004);
  EXPECT_TRUE(std::isnan(late->getHistory()[0].getAccuracy()));
}

TEST(ChronicleTest, AMessageAboutAWorkerThatThereIsNotChangesNothing) {
  Chronicle chronicle(1);
  chronicle.count(round(1, 7));
  chronicle.evicted(7);
  const Envelope envelope = written(chronicle);
  EXPECT_EQ(Msg<wire::Standing>(envelope)->getWorkers()[0].getEvictions(), 0u);
}

}  // namespace
}  // namespace zenops

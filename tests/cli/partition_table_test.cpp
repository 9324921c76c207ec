#include "cli/partition_table.hpp"

#include <gmock/gmock.h>

#include "tests/cli/process.hpp"

namespace zenops {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Samples labelled(size_t count, uint32_t classes) {
  Samples samples;
  samples.classes = classes;
  for (size_t i = 0; i < count; ++i) samples.labels.push_back(static_cast<uint16_t>(i % classes));
  return samples;
}

PartitionTable by_label(const Samples& samples, uint32_t workers) {
  DataOptions options;
  options.partition = PartitionKind::by_label;
  options.batch = 1;
  options.trusted = 3;
  return tabulate(Partition(options, samples, workers, 1), samples);
}

TEST(PartitionTableTest, CountsEveryLabelOfEverybody) {
  const auto table = by_label(labelled(303, 3), 3);
  ASSERT_EQ(table.rows.size(), 4u);
  size_t all[3] = {};
  for (const auto& row : table.rows)
    for (size_t label = 0; label < 3; ++label) all[label] += row.labels[label];
  EXPECT_THAT(all, ElementsAre(101, 101, 101));
  EXPECT_EQ(table.rows[1].labels[1], table.rows[1].samples);
  EXPECT_EQ(table.rows[1].labels[2], 0u);
  EXPECT_EQ(table.rows[3].name, "validators");
  EXPECT_EQ(table.rows[3].samples, 3u);
}

TEST(PartitionTableTest, TheDistanceIsTheShareOfOtherLabels) {
  const auto table = by_label(labelled(303, 3), 3);
  EXPECT_NEAR(table.rows[0].distance, 2.0 / 3, 1e-12) << "one of three labels";
  EXPECT_NEAR(table.mean_distance(), 2.0 / 3, 1e-12);
  EXPECT_NEAR(by_label(labelled(300, 1), 3).mean_distance(), 0, 1e-12);
}

TEST(PartitionTableTest, EveryCountIsPrintedWhereThereIsRoomAndElseTheLargest) {
  const auto table = by_label(labelled(1003, 10), 2);
  EXPECT_THAT(to_text(table, 100), AllOf(StartsWith("label"), HasSubstr("  0    1    2"), HasSubstr("\nworker/0"), HasSubstr("  .  ")));
  EXPECT_THAT(to_text(table, 40), AllOf(HasSubstr("samples  labels  most of\n"), HasSubstr("\nworker/1"), HasSubstr(" %), ")));
}

TEST(PartitionTableTest, OfVeryManyWorkersTheFirstArePrinted) {
  const auto text = to_text(by_label(labelled(5000, 10), 1000), 100);
  EXPECT_THAT(text, AllOf(HasSubstr("worker/58"), Not(HasSubstr("worker/59")), HasSubstr("validators"), HasSubstr("and 941 workers more")));
  EXPECT_EQ(to_json(by_label(labelled(5000, 10), 1000))["parts"].size(), 1001u);
}

TEST(PartitionTableTest, IsDrawnForAnyNumberOfWorkersAndLabels) {
  TemporaryFolder folder;
  for (const auto& [workers, classes] : {std::pair(1u, 1u), {2u, 3u}, {7u, 300u}, {400u, 10u}}) {
    plot(to_map(by_label(labelled(5000, classes), workers), "a title"), folder.path() / "map");
    EXPECT_THAT(text_of(folder.path() / "map.svg"), HasSubstr("<svg"));
    EXPECT_THAT(text_of(folder.path() / "map.png"), StartsWith("\x89PNG"));
  }
}

}  // namespace
}  // namespace zenops

#include "models/partition.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "tests/base/refusal.hpp"

namespace zenops {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(PartitionTest, CutsTheFileIntoOnePartMoreThanThereAreWorkers) {
  const Partition partition(PartitionKind::contiguous, 11, 3, 2, 1);
  EXPECT_THAT(partition.part(0), ElementsAre(0, 1, 2));
  EXPECT_THAT(partition.part(1), ElementsAre(3, 4, 5));
  EXPECT_THAT(partition.part(2), ElementsAre(6, 7, 8));
  EXPECT_THAT(partition.trusted(), ElementsAre(9, 10));
}

TEST(PartitionTest, GivesEverySampleToExactlyOnePart) {
  for (PartitionKind kind : {PartitionKind::contiguous, PartitionKind::iid})
    for (uint32_t workers : {0u, 1u, 2u, 7u, 15u, 99u}) {
      const Partition partition(kind, 1009, workers, 1, 5);
      std::vector<int> owners(1009);
      for (uint32_t k = 0; k <= workers; ++k) {
        for (uint32_t i : partition.part(k)) ++owners.at(i);
        const size_t size = partition.part(k).size();
        ASSERT_LE(size, partition.part(0).size());
        ASSERT_GE(size + 1, partition.part(0).size());
      }
      ASSERT_THAT(owners, Each(1));
    }
}

TEST(PartitionTest, IidPartsAreASeededShuffle) {
  auto first = [](uint64_t seed) {
    const Partition partition(PartitionKind::iid, 1000, 9, 1, seed);
    return std::vector<uint32_t>(partition.part(0).begin(), partition.part(0).end());
  };
  EXPECT_EQ(first(1), first(1));
  EXPECT_NE(first(1), first(2));
  const auto mine = first(1);
  const double mean = std::accumulate(mine.begin(), mine.end(), 0.) / 100;
  EXPECT_NEAR(mean, 499.5, 5 * 1000 / std::sqrt(12. * 100));
}

TEST(PartitionTest, RefusesPartsSmallerThanABatch) {
  Partition(PartitionKind::contiguous, 64, 1, 32, 1);
  EXPECT_THAT(refusal(UserError::bad_config, [] { Partition(PartitionKind::contiguous, 63, 1, 32, 1); }),
              AllOf(HasSubstr("63 samples in 2 parts"), HasSubstr("31 each"), HasSubstr("batch of 32")));
}

constexpr PartitionKind every_kind[] = {PartitionKind::contiguous,       PartitionKind::iid,      PartitionKind::dirichlet,
                                        PartitionKind::gamma_similarity, PartitionKind::by_label, PartitionKind::quantity};

/// `count` samples without content, whose labels are 0, 1, …, classes − 1, 0, 1, …
Samples labelled(size_t count, uint32_t classes) {
  Samples samples;
  samples.classes = classes;
  for (size_t i = 0; i < count; ++i) samples.labels.push_back(static_cast<uint16_t>(i % classes));
  return samples;
}

DataOptions shared(PartitionKind kind, uint32_t batch = 1) {
  DataOptions options;
  options.partition = kind;
  options.batch = batch;
  return options;
}

std::vector<uint32_t> part_of(const Partition& partition, uint32_t index) {
  return {partition.part(index).begin(), partition.part(index).end()};
}

std::vector<std::vector<uint32_t>> parts_of(const Partition& partition) {
  std::vector<std::vector<uint32_t>> out;
  for (uint32_t k = 0; k <= partition.workers(); ++k) out.push_back(part_of(partition, k));
  return out;
}

/// How many of the part have each label.
std::vector<size_t> counts(const Samples& samples, std::span<const uint32_t> part) {
  std::vector<size_t> out(samples.classes);
  for (const uint32_t i : part) ++out[samples.labels[i]];
  return out;
}

TEST(HeterogeneousPartitionTest, GivesEverySampleToExactlyOnePart) {
  for (const size_t count : {1009, 20'000})
    for (const PartitionKind kind : every_kind)
      for (const uint32_t workers : {1u, 2u, 7u, 15u, 33u}) {
        const Samples samples = labelled(count, 10);
        DataOptions options = shared(kind);
        options.alpha = 1;
        const Partition partition(options, samples, workers, 5);
        std::vector<int> owners(count);
        for (uint32_t k = 0; k <= workers; ++k)
          for (const uint32_t i : partition.part(k)) ++owners.at(i);
        ASSERT_THAT(owners, Each(1)) << workers << " workers, kind " << static_cast<int>(kind);
        ASSERT_EQ(partition.trusted().size(), count / (workers + 1));
      }
}

TEST(HeterogeneousPartitionTest, IsAPureFunctionOfItsSeed) {
  const Samples samples = labelled(5000, 10);
  for (const PartitionKind kind : every_kind) {
    const auto mine = parts_of(Partition(shared(kind), samples, 8, 1));
    EXPECT_EQ(parts_of(Partition(shared(kind), samples, 8, 1)), mine);
    if (kind == PartitionKind::contiguous) continue;
    EXPECT_NE(parts_of(Partition(shared(kind), samples, 8, 2)), mine) << "kind " << static_cast<int>(kind);
  }
}

TEST(HeterogeneousPartitionTest, ContiguousAndIidAreWhatTheyAreWithoutLabels) {
  const Samples samples = labelled(1009, 10);
  for (const PartitionKind kind : {PartitionKind::contiguous, PartitionKind::iid})
    EXPECT_EQ(parts_of(Partition(shared(kind), samples, 7, 3)), parts_of(Partition(kind, 1009, 7, 1, 3)));
}

TEST(HeterogeneousPartitionTest, SimilarityOneIsIid) {
  const Samples samples = labelled(1009, 10);
  DataOptions options = shared(PartitionKind::gamma_similarity);
  options.gamma = 1;
  EXPECT_EQ(parts_of(Partition(options, samples, 7, 3)), parts_of(Partition(PartitionKind::iid, 1009, 7, 1, 3)));
}

TEST(HeterogeneousPartitionTest, SimilarityNoneIsSlicesOfWhatIsSortedByLabel) {
  const Samples samples = labelled(1009, 10);
  DataOptions options = shared(PartitionKind::gamma_similarity);
  options.gamma = 0;
  const Partition partition(options, samples, 7, 3);
  uint16_t last = 0;
  for (uint32_t w = 0; w < 7; ++w) {
    EXPECT_NEAR(static_cast<double>(partition.part(w).size()), 1009. / 8, 1);
    for (const uint32_t i : partition.part(w)) {
      EXPECT_GE(samples.labels[i], last);
      last = samples.labels[i];
    }
  }
}

TEST(HeterogeneousPartitionTest, SimilarityInBetweenSharesThatPartAlikeAndHasEqualSizes) {
  const Samples samples = labelled(11'000, 10);
  DataOptions options = shared(PartitionKind::gamma_similarity);
  options.gamma = 0.4;
  const Partition partition(options, samples, 10, 3);
  for (uint32_t w = 0; w < 10; ++w) {
    ASSERT_EQ(partition.part(w).size(), 1000u);
    const auto mine = counts(samples, partition.part(w));
    EXPECT_GE(*std::ranges::max_element(mine), 500u) << "600 of one label or two, and some of the 400";
    for (const size_t n : mine) EXPECT_NEAR(static_cast<double>(std::min<size_t>(n, 40)), 40, 30) << "everybody has some of each";
  }
}

TEST(HeterogeneousPartitionTest, ByLabelGivesEachWorkerItsOwnLabels) {
  const Samples samples = labelled(1000, 10);
  const Partition partition(shared(PartitionKind::by_label), samples, 4, 1);
  std::set<uint32_t> labels[4];
  for (uint32_t w = 0; w < 4; ++w)
    for (const uint32_t i : partition.part(w)) labels[w].insert(samples.labels[i]);
  EXPECT_THAT(labels, ElementsAre(ElementsAre(0, 4, 8), ElementsAre(1, 5, 9), ElementsAre(2, 6), ElementsAre(3, 7)));
}

TEST(HeterogeneousPartitionTest, ByLabelWorkersBeyondTheLabelsShareOne) {
  const Samples samples = labelled(3000, 3);
  const Partition partition(shared(PartitionKind::by_label), samples, 7, 1);
  size_t of_zero[3];
  for (uint32_t w = 0; w < 7; ++w) {
    const auto mine = counts(samples, partition.part(w));
    EXPECT_EQ(mine[w % 3], partition.part(w).size());
    if (w % 3 == 0) of_zero[w / 3] = mine[0];
  }
  EXPECT_LE(of_zero[0] - of_zero[2], 1u) << "in equal parts";
}

TEST(HeterogeneousPartitionTest, ByLabelPassesOverLabelsThatNobodyHas) {
  Samples samples = labelled(300, 3);
  for (auto& label : samples.labels) label = static_cast<uint16_t>(label * 4);
  samples.classes = 100;
  const Partition partition(shared(PartitionKind::by_label, 32), samples, 3, 1);
  for (uint32_t w = 0; w < 3; ++w) EXPECT_EQ(counts(samples, partition.part(w))[4 * w], partition.part(w).size());
}

TEST(HeterogeneousPartitionTest, DirichletSharesAreEqualInTheMean) {
  const Samples samples = labelled(11'000, 10);
  DataOptions options = shared(PartitionKind::dirichlet);
  double sum = 0, squares = 0;
  constexpr int seeds = 200;
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    const Partition partition(options, samples, 10, seed);
    const auto mine = counts(samples, partition.part(3)), theirs = counts(samples, partition.trusted());
    for (size_t label = 0; label < 10; ++label) {
      const double share = static_cast<double>(mine[label]) / static_cast<double>(1100 - theirs[label]);
      sum += share;
      squares += share * share;
    }
  }
  const double mean = sum / (10 * seeds), variance = 0.1 * 0.9 / (10 * 0.5 + 1);
  EXPECT_NEAR(mean, 0.1, 5 * std::sqrt(variance / (10 * seeds)));
  EXPECT_NEAR(squares / (10 * seeds) - mean * mean, variance, 0.15 * variance);
}

TEST(HeterogeneousPartitionTest, DirichletIsEvenForALargeAlphaAndHasFewLabelsForASmallOne) {
  const Samples samples = labelled(55'000, 10);
  DataOptions options = shared(PartitionKind::dirichlet);
  options.alpha = 1e6;
  const Partition even(options, samples, 10, 1);
  for (const size_t n : counts(samples, even.part(0))) EXPECT_NEAR(static_cast<double>(n), 500, 75);
  options.alpha = 0.05;
  const Partition uneven(options, samples, 10, 1);
  const auto largest = [&](uint32_t w) {
    const auto mine = counts(samples, uneven.part(w));
    return static_cast<double>(*std::ranges::max_element(mine)) / static_cast<double>(uneven.part(w).size());
  };
  double mean = 0;
  for (uint32_t w = 0; w < 10; ++w) mean += largest(w) / 10;
  EXPECT_GT(mean, 0.5);
}

TEST(HeterogeneousPartitionTest, QuantityChangesSizesAndNotContent) {
  const Samples samples = labelled(55'000, 10);
  DataOptions options = shared(PartitionKind::quantity, 32);
  options.alpha = 1;
  const Partition partition(options, samples, 10, 1);
  size_t least = SIZE_MAX, most = 0;
  for (uint32_t w = 0; w < 10; ++w) {
    const size_t size = partition.part(w).size();
    least = std::min(least, size);
    most = std::max(most, size);
    const double expected = static_cast<double>(size) / 10;
    for (const size_t n : counts(samples, partition.part(w)))
      EXPECT_NEAR(static_cast<double>(n), expected, 5 * std::sqrt(expected));
  }
  EXPECT_GE(least, 32u);
  EXPECT_GT(most, 3 * least);
}

TEST(HeterogeneousPartitionTest, TheValidatorsPartIsIidAndAsLargeAsIsAskedFor) {
  const Samples samples = labelled(20'000, 10);
  for (const PartitionKind kind : every_kind) {
    DataOptions options = shared(kind);
    options.trusted = 1000;
    const Partition partition(options, samples, 4, 1);
    ASSERT_EQ(partition.trusted().size(), 1000u);
    for (const size_t n : counts(samples, partition.trusted())) EXPECT_NEAR(static_cast<double>(n), 100, 50);
  }
}

TEST(HeterogeneousPartitionTest, LiarsWithoutDataLeaveEverythingToTheHonestAndTrainOnCopies) {
  const Samples samples = labelled(10'000, 10);
  const std::vector<uint32_t> liars = {0, 2, 5};
  for (const PartitionKind kind : every_kind) {
    DataOptions options = shared(kind);
    options.alpha = 10;
    const Partition before(options, samples, 6, 1, liars);
    options.liars = LiarsData::none;
    const Partition partition(options, samples, 6, 1, liars), honest(options, samples, 3, 1);
    EXPECT_EQ(part_of(partition, 1), part_of(honest, 0)) << "as if the honest were alone";
    EXPECT_EQ(part_of(partition, 3), part_of(honest, 1));
    EXPECT_EQ(part_of(partition, 4), part_of(honest, 2));
    EXPECT_EQ(part_of(partition, 0), part_of(honest, 0));
    EXPECT_EQ(part_of(partition, 2), part_of(honest, 1));
    EXPECT_EQ(part_of(partition, 5), part_of(honest, 2));
    EXPECT_EQ(partition.trusted().size(), 2500u);
    EXPECT_EQ(partition.mean_part(), 2500u);
    EXPECT_NE(part_of(before, 0), part_of(partition, 0));
  }
}

TEST(HeterogeneousPartitionTest, MoreLiarsThanHonestBeginFromTheFrontAgain) {
  DataOptions options = shared(PartitionKind::iid);
  options.liars = LiarsData::none;
  const Partition partition(options, labelled(1000, 10), 5, 1, std::vector<uint32_t>{0, 1, 2});
  EXPECT_EQ(part_of(partition, 0), part_of(partition, 3));
  EXPECT_EQ(part_of(partition, 1), part_of(partition, 4));
  EXPECT_EQ(part_of(partition, 2), part_of(partition, 3));
}

TEST(HeterogeneousPartitionTest, AnEpochIsCountedInTheMeanPart) {
  const Samples samples = labelled(1009, 10);
  EXPECT_EQ(Partition(PartitionKind::iid, 1009, 7, 1, 3).mean_part(), 126u);
  EXPECT_EQ(Partition(PartitionKind::iid, 1007, 7, 1, 3).mean_part(), 126u) << "no part is shorter but the validators'";
  EXPECT_EQ(Partition(shared(PartitionKind::quantity), samples, 7, 3).mean_part(), 126u);
}

TEST(HeterogeneousPartitionTest, OneClassOnlyIsSharedByAll) {
  const Samples samples = labelled(1000, 1);
  for (const PartitionKind kind : every_kind) {
    DataOptions options = shared(kind, 8);
    options.alpha = 5;
    const Partition partition(options, samples, 4, 1);
    for (uint32_t w = 0; w < 4; ++w) EXPECT_GE(partition.part(w).size(), 8u);
  }
}

TEST(HeterogeneousPartitionTest, RefusesAWorkerWithoutABatchAndSaysWhichAndWhatToDo) {
  const Samples samples = labelled(1000, 10);
  DataOptions options = shared(PartitionKind::dirichlet, 32);
  options.alpha = 1e-3;
  EXPECT_THAT(refusal(UserError::bad_config, [&] { Partition(options, samples, 20, 1); }),
              AllOf(HasSubstr("data.partition: with dirichlet, alpha 0.001, worker "), HasSubstr("would have 0 samples"),
                    HasSubstr("less than one batch of 32 (953 samples for 20 workers; drawn 20 times)"),
                    HasSubstr("try a larger alpha, fewer workers or a smaller batch")));
  options.partition = PartitionKind::quantity;
  EXPECT_THAT(refusal(UserError::bad_config, [&] { Partition(options, samples, 20, 1); }),
              AllOf(HasSubstr("with quantity, alpha 0.001, worker "), HasSubstr("would have 0 samples")));
  Samples rare = labelled(1000, 10);
  for (auto& label : rare.labels) label = label == 9 && &label - rare.labels.data() > 40 ? 8 : label;
  EXPECT_THAT(refusal(UserError::bad_config, [&] { Partition(shared(PartitionKind::by_label, 32), rare, 10, 1); }),
              AllOf(HasSubstr("with by_label worker 9 would have 4 samples, less than one batch of 32"),
                    HasSubstr("); try fewer workers or a smaller batch")));
}

TEST(HeterogeneousPartitionTest, DrawsAgainWhenTheFirstDrawLeavesSomebodyWithoutABatch) {
  // For this many seeds the first draw cannot always do: about one in three does not.
  const Samples samples = labelled(3000, 10);
  DataOptions options = shared(PartitionKind::quantity, 32);
  options.alpha = 1;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Partition partition(options, samples, 6, seed);
    for (uint32_t w = 0; w < 6; ++w) EXPECT_GE(partition.part(w).size(), 32u) << "seed " << seed;
  }
}

TEST(HeterogeneousPartitionTest, RefusesMoreWorkersThanSamples) {
  for (const PartitionKind kind : every_kind)
    EXPECT_THAT(refusal(UserError::bad_config, [&] { Partition(shared(kind), labelled(10, 2), 11, 1); }),
                HasSubstr("10 samples in 12 parts (11 workers, and the validators' one) are 0 each, less than one batch of 1"));
}

TEST(HeterogeneousPartitionTest, RefusesAValidatorsPartThatIsTooSmallOrLeavesTooLittle) {
  DataOptions options = shared(PartitionKind::iid, 32);
  const Samples samples = labelled(1000, 10);
  options.trusted = 31;
  EXPECT_THAT(refusal(UserError::bad_config, [&] { Partition(options, samples, 4, 1); }),
              HasSubstr("data.trusted: found 31, less than one batch of 32"));
  options.trusted = 900;
  EXPECT_THAT(refusal(UserError::bad_config, [&] { Partition(options, samples, 4, 1); }),
              HasSubstr("data.trusted: found 900: of 1000 samples that leaves 25 for each of 4 workers, less than one batch of 32"));
  options.trusted = 4'000'000'000;
  EXPECT_THAT(refusal(UserError::bad_config, [&] { Partition(options, samples, 4, 1); }),
              HasSubstr("of 1000 samples that leaves 0 for each"));
}

TEST(HeterogeneousPartitionTest, RefusesLiarsWithoutDataWhenNobodyIsHonest) {
  DataOptions options = shared(PartitionKind::iid);
  options.liars = LiarsData::none;
  EXPECT_THAT(refusal(UserError::bad_config, [&] { Partition(options, labelled(100, 2), 2, 1, std::vector<uint32_t>{0, 1}); }),
              HasSubstr("data.liars: found none, expected share: all 2 workers are named by an attack"));
}

TEST(HeterogeneousPartitionTest, RefusesToSortByLabelWhatHasSeveral) {
  Samples text = labelled(6400, 16);
  text.labels_each = 64;
  DataOptions options = shared(PartitionKind::dirichlet);
  options.name = "text";
  EXPECT_THAT(refusal(UserError::bad_config, [&] { Partition(options, text, 2, 1); }),
              HasSubstr("found dirichlet, expected contiguous, iid or quantity: a sample of text has 64 labels"));
  options.partition = PartitionKind::quantity;
  EXPECT_EQ(Partition(options, text, 2, 1).trusted().size(), 33u);
}

}  // namespace
}  // namespace zenops

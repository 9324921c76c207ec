#include "models/dirichlet.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace zenops {
namespace {

using testing::ElementsAre;

Stream stream(uint32_t index) { return Stream({1, Role::data, index, Purpose::partition}); }

TEST(DirichletTest, HasTheMeansAndVariancesOfTheDistribution) {
  constexpr size_t n = 5, times = 20'000;
  for (const double alpha : {0.05, 0.3, 1.0, 2.5, 40.0}) {
    double sum[n] = {}, squares = 0;
    for (uint32_t k = 0; k < times; ++k) {
      Stream numbers = stream(k);
      const auto shares = dirichlet(numbers, alpha, n);
      ASSERT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.0), 1, 1e-12);
      for (size_t i = 0; i < n; ++i) sum[i] += shares[i];
      squares += (shares[0] - 1.0 / n) * (shares[0] - 1.0 / n);
    }
    // Each share is Beta(alpha, (n − 1) alpha).
    const double variance = (n - 1.0) / n / n / (n * alpha + 1);
    for (const double s : sum) EXPECT_NEAR(s / times, 1.0 / n, 5 * std::sqrt(variance / times)) << "alpha " << alpha;
    EXPECT_NEAR(squares / times, variance, 0.06 * variance) << "alpha " << alpha;
  }
}

TEST(DirichletTest, OneShareIsAllWhenAlphaIsTooSmallForAnyVariateToBeANumber) {
  for (uint32_t k = 0; k < 100; ++k) {
    Stream numbers = stream(k);
    const auto shares = dirichlet(numbers, 1e-6, 10);
    EXPECT_NEAR(*std::ranges::max_element(shares), 1, 1e-12);
    EXPECT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.0), 1, 1e-12);
  }
}

TEST(DirichletTest, SharesAreEvenWhenAlphaIsLarge) {
  Stream numbers = stream(0);
  for (const double share : dirichlet(numbers, 1e6, 10)) EXPECT_NEAR(share, 0.1, 0.001);
}

TEST(DirichletTest, OnlyOneGetsAll) {
  Stream numbers = stream(0);
  EXPECT_THAT(dirichlet(numbers, 0.5, 1), ElementsAre(1));
}

TEST(CutTest, CutsAtTheNearestPlaceAndEndsAtTheEnd) {
  EXPECT_THAT(cut(std::vector{0.5, 0.26, 0.24}, 10), ElementsAre(0, 5, 8, 10));
  EXPECT_THAT(cut(std::vector{1.0 / 3, 1.0 / 3, 1.0 / 3}, 1), ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(cut(std::vector{0.3, 0.7}, 0), ElementsAre(0, 0, 0));
}

TEST(CutTest, SharesThatAddUpToALittleMoreOrLessLeaveNothingOver) {
  EXPECT_THAT(cut(std::vector{0.7, 0.3 + 1e-9}, 1'000'000), ElementsAre(0, 700'000, 1'000'000));
  EXPECT_THAT(cut(std::vector{1 + 1e-6, 0.0}, 10'000'000), ElementsAre(0, 10'000'000, 10'000'000));
}

}  // namespace
}  // namespace zenops

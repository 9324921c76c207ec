#include "actors/fingerprint.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace zenops {
namespace {

TEST(FingerprintTest, EveryNumberCountsAndSoDoesItsPlace) {
  for (const size_t size : {0, 1, 15, 16, 17, 100}) {
    std::vector<float> x(size);
    for (size_t i = 0; i < size; ++i) x[i] = static_cast<float>(i + 1);
    std::set<uint64_t> seen = {fingerprint(x, 0), fingerprint(x, 1)};
    EXPECT_EQ(fingerprint(x, 1), fingerprint(std::vector(x), 1));
    for (float& number : x) {
      number = -number;
      seen.insert(fingerprint(x, 1));
      number = -number;
    }
    if (size > 1) {
      std::swap(x.front(), x.back());
      seen.insert(fingerprint(x, 1));
    }
    EXPECT_EQ(seen.size(), 2 + size + (size > 1)) << size;
  }
}

}  // namespace
}  // namespace zenops

#include "aggregation/geometry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace zenops {
namespace {

using testing::ElementsAre;

TEST(GeometryTest, AddsTheProductsOfConsecutiveSegments) {
  const std::vector<float> u = {1, 2, 3, 4}, v = {1, 1, 2, 2};
  const float *first[] = {u.data()}, *second[] = {u.data() + 2};
  Products products = measure(first, v.data(), 2);
  products.add(measure(second, v.data() + 2, 2));
  EXPECT_THAT(products.squared_norms, ElementsAre(30));
  EXPECT_THAT(products.dots, ElementsAre(17));
  EXPECT_EQ(products.trusted_squared_norm, 10);
}

}  // namespace
}  // namespace zenops

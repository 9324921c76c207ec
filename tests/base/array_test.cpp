#include "base/array.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace zenops {
namespace {

using testing::ElementsAre;

template <class Element>
Array array_of(Dtype dtype, std::vector<Element> elements) {
  Array out{dtype, {static_cast<int64_t>(elements.size())}, std::vector<std::byte>(elements.size() * sizeof(Element))};
  std::memcpy(out.bytes.data(), elements.data(), out.bytes.size());
  return out;
}

TEST(ArrayTest, IntegersOfAnyWidthAndSignBecomeFloats) {
  EXPECT_THAT(to_floats(array_of<int8_t>(Dtype::I8, {-128, 127})), ElementsAre(-128, 127));
  EXPECT_THAT(to_floats(array_of<uint8_t>(Dtype::U8, {0, 255})), ElementsAre(0, 255));
  EXPECT_THAT(to_floats(array_of<int16_t>(Dtype::I16, {-32768, 3})), ElementsAre(-32768, 3));
  EXPECT_THAT(to_floats(array_of<uint16_t>(Dtype::U16, {65535})), ElementsAre(65535));
  EXPECT_THAT(to_floats(array_of<int32_t>(Dtype::I32, {-7})), ElementsAre(-7));
  EXPECT_THAT(to_floats(array_of<uint32_t>(Dtype::U32, {1u << 31})), ElementsAre(0x1p31f));
  EXPECT_THAT(to_floats(array_of<int64_t>(Dtype::I64, {int64_t{-1} << 40})), ElementsAre(-0x1p40f));
  EXPECT_THAT(to_floats(array_of<uint64_t>(Dtype::U64, {uint64_t{1} << 63})), ElementsAre(0x1p63f));
  EXPECT_THAT(to_floats(array_of<uint8_t>(Dtype::BOOL, {0, 1, 2})), ElementsAre(0, 1, 1));
}

TEST(ArrayTest, FloatsOfAnyWidthBecomeFloats) {
  EXPECT_THAT(to_floats(array_of<double>(Dtype::F64, {0.1, -1e300})),
              ElementsAre(0.1f, -std::numeric_limits<float>::infinity()));
  EXPECT_THAT(to_floats(array_of<float>(Dtype::F32, {1e-40f, -2})), ElementsAre(1e-40f, -2));
  // 1, −2, the largest, the smallest normal, the largest and the smallest below it.
  EXPECT_THAT(to_floats(array_of<uint16_t>(Dtype::F16, {0x3c00, 0xc000, 0x7bff, 0x0400, 0x03ff, 0x0001})),
              ElementsAre(1, -2, 65504, 0x1p-14f, 1023 * 0x1p-24f, 0x1p-24f));
  EXPECT_THAT(to_floats(array_of<uint16_t>(Dtype::BF16, {0x3f80, 0xc000, 0x7f7f})), ElementsAre(1, -2, 0x1.fep127f));
}

TEST(ArrayTest, WhatIsNoNumberStaysNone) {
  for (const Dtype dtype : {Dtype::F16, Dtype::BF16}) {
    const uint16_t infinity = dtype == Dtype::F16 ? 0x7c00 : 0x7f80;
    const auto floats = to_floats(array_of<uint16_t>(
        dtype, {infinity, static_cast<uint16_t>(infinity | 0x8000), static_cast<uint16_t>(infinity | 1), 0x8000}));
    EXPECT_EQ(floats[0], std::numeric_limits<float>::infinity());
    EXPECT_EQ(floats[1], -std::numeric_limits<float>::infinity());
    EXPECT_TRUE(std::isnan(floats[2]));
    EXPECT_TRUE(std::signbit(floats[3]) && floats[3] == 0);
  }
}

TEST(ArrayTest, WholeNumbersKeepEveryDigit) {
  EXPECT_THAT(to_integers(array_of<int64_t>(Dtype::I64, {INT64_MIN, 1234567890123456789})),
              ElementsAre(INT64_MIN, 1234567890123456789));
  EXPECT_THAT(to_integers(array_of<uint64_t>(Dtype::U64, {7, UINT64_MAX})), ElementsAre(7, INT64_MAX));
  EXPECT_THAT(to_integers(array_of<int8_t>(Dtype::I8, {-1})), ElementsAre(-1));
  EXPECT_THAT(to_integers(array_of<uint8_t>(Dtype::BOOL, {0, 9})), ElementsAre(0, 1));
}

TEST(ArrayTest, EveryDtypeIsFoundByItsName) {
  for (int d = 0; d <= static_cast<int>(Dtype::BOOL); ++d)
    EXPECT_EQ(dtype_of(to_string(static_cast<Dtype>(d))), static_cast<Dtype>(d));
  EXPECT_EQ(dtype_of("F8_E4M3"), std::nullopt);
}

TEST(ArrayTest, ASizeThatOverflowsOrIsNegativeIsNoSize) {
  EXPECT_EQ(bytes_of(Dtype::I16, {3, 5}), 30u);
  EXPECT_EQ(bytes_of(Dtype::F64, {}), 8u);
  EXPECT_EQ(bytes_of(Dtype::F64, {4, 0}), 0u);
  EXPECT_EQ(bytes_of(Dtype::U8, {INT64_MAX}), static_cast<uint64_t>(INT64_MAX));
  EXPECT_EQ(bytes_of(Dtype::I16, {INT64_MAX}), std::nullopt);
  EXPECT_EQ(bytes_of(Dtype::U8, {int64_t{1} << 32, int64_t{1} << 32}), std::nullopt);
  EXPECT_EQ(bytes_of(Dtype::U8, {-1, -1}), std::nullopt);
}

}  // namespace
}  // namespace zenops

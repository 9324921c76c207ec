#include "runtime/envelope.hpp"

#include <gmock/gmock.h>

#include "base/philox.hpp"
#include "runtime/message.hpp"
#include "tests/runtime/wire/counting.capnp.h"

namespace zenops {
namespace {

using testing::ElementsAre;

Envelope add(int64_t delta, std::vector<Row> rows = {}) {
  return Envelope::of<wire::Add>([delta](wire::Add::Builder b) { b.setDelta(delta); }, std::move(rows));
}

Row row_of(std::vector<float> values) {
  Row row(std::shared_ptr<float[]>(new float[values.size()]), 0, values.size());
  std::ranges::copy(values, row.mutable_view().begin());
  return row;
}

TEST(EnvelopeTest, IsReadInPlaceByItsType) {
  const Envelope e = add(-7);
  EXPECT_EQ(e.type, capnp::typeId<wire::Add>());
  EXPECT_EQ(Msg<wire::Add>(e)->getDelta(), -7);
}

TEST(EnvelopeTest, SharesItsRowsWhenItIsCopied) {
  const Envelope e = add(1, {row_of({1, 2, 3})});
  const Envelope copy = e;
  EXPECT_EQ(copy.rows[0].view().data(), e.rows[0].view().data());
}

TEST(EnvelopeTest, HoldsMessagesOfAnySize) {
  for (const size_t length : {0, 1, 8, 24, 40, 48, 56, 64, 200, 5000, 100'000}) {
    const std::string name(length, 'x');
    Envelope e = Envelope::of<wire::Tell>([&](wire::Tell::Builder b) { b.setTo(name); });
    EXPECT_EQ(e.bytes(), e.words.bytes().size());
    const Envelope copy = e, moved = std::move(e);
    Envelope assigned = add(1);
    assigned = copy;
    const auto again = from_bytes(to_bytes(copy));
    ASSERT_TRUE(again) << length;
    for (const Envelope* one : std::initializer_list<const Envelope*>{&copy, &moved, &assigned, &*again})
      EXPECT_EQ(std::string(Msg<wire::Tell>(*one)->getTo()), name) << length;
    assigned = add(-3);
    EXPECT_EQ(Msg<wire::Add>(assigned)->getDelta(), -3);
  }
}

TEST(EnvelopeTest, SurvivesItsBytes) {
  Envelope e = add(5, {row_of({1, 2, 3, 4}).slice(1, 2), Row{}});
  e.incarnation = 9;
  auto again = from_bytes(to_bytes(e));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->type, e.type);
  EXPECT_EQ(again->incarnation, 9u);
  EXPECT_EQ(Msg<wire::Add>(*again)->getDelta(), 5);
  ASSERT_EQ(again->rows.size(), 2u);
  EXPECT_THAT(again->rows[0].view(), ElementsAre(2, 3));
  EXPECT_TRUE(again->rows[1].empty());
}

TEST(EnvelopeTest, RefusesBytesThatPromiseMoreThanTheyHold) {
  auto bytes = to_bytes(add(5, {row_of({1, 2, 3, 4})}));
  for (size_t cut = 0; cut < bytes.size(); ++cut) EXPECT_FALSE(from_bytes(std::span(bytes).first(cut))) << cut;
  bytes.push_back(std::byte{0});
  EXPECT_FALSE(from_bytes(bytes)) << "a byte is left over";
}

TEST(EnvelopeTest, NeverFallsOverMutatedBytes) {
  const uint64_t seed = 11;
  const auto good = to_bytes(add(5, {row_of({1, 2, 3, 4})}));
  Stream random({.seed = seed});
  int read = 0;
  for (int trial = 0; trial < 5000; ++trial) {
    auto bytes = good;
    for (uint32_t k = 0, n = 1 + random.below(6); k < n; ++k)
      bytes[random.below(static_cast<uint32_t>(bytes.size()))] = static_cast<std::byte>(random.below(256));
    auto e = from_bytes(bytes);
    if (!e) continue;
    try {
      read += Msg<wire::Add>(*e)->getDelta() != 0;
    } catch (const kj::Exception&) {
    }
  }
  EXPECT_GT(read, 0) << "seed " << seed << ": no mutation left a readable message; the test tests nothing";
}

}  // namespace
}  // namespace zenops

#include "actors/snapshots.hpp"

#include <gmock/gmock.h>

#include "tests/base/refusal.hpp"
#include "tests/base/temporary_folder.hpp"

namespace zenops {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

class SnapshotsTest : public testing::Test {
 protected:
  static Row row(std::initializer_list<float> numbers) {
    Row out(std::shared_ptr<float[]>(new float[numbers.size()]), 0, numbers.size());
    std::ranges::copy(numbers, out.mutable_view().begin());
    return out;
  }
  static Snapshot of_round(uint32_t round) {
    Snapshot out;
    out.round = round;
    out.model["parameters"] = {row({static_cast<float>(round), 2}), row({3})};
    out.model["previous/0"] = {row({4, 5, 6})};
    out.trainees["worker/1"].tensors["momentum"] = row({-0.0f, 1e-42f, 7});
    out.trainees["worker/10"].tensors["history/0"] = row({8, 9, 10});
    out.trainees["validator/0"].rates = {{3, 0.1}};
    out.trainees["validator/0"].accepted = {3, 1};
    out.lr = 0.3f;
    out.attacks[2] = {.name = "negative", .parameters = {{"scale", 3}}, .rate = 0.5, .workers = {}};
    out.rule = RuleChoice{{"trimmed_mean", {{"f", 3}}}, {{"nnm", {{"f", 2}}}, {"clip"}}};
    out.idle = {4};
    out.tally = {1, 2, 3, 4};
    out.wall_seconds = 0.1;
    return out;
  }
  std::vector<std::string> names() {
    std::vector<std::string> out;
    for (const auto& one : std::filesystem::directory_iterator(folder_ / "snapshots"))
      out.push_back(one.path().filename());
    return out;
  }
  std::shared_ptr<const Snapshot> newest() {
    return snapshots_.newest([this](const std::string& news) { said_ += news + "\n"; });
  }

  TemporaryFolder folder_;
  std::string said_;
  Snapshots snapshots_{folder_ / "snapshots", 2};
};

TEST_F(SnapshotsTest, AreReadAsTheyWereWritten) {
  snapshots_.add(of_round(20));
  const auto read = newest();
  ASSERT_TRUE(read);
  EXPECT_EQ(read->round, 20u);
  ASSERT_EQ(read->model.size(), 2u);
  const auto parameters = read->model.at("parameters")[0].view();
  EXPECT_EQ(std::vector(parameters.begin(), parameters.end()), (std::vector<float>{20, 2, 3}));
  const auto momentum = read->trainees.at("worker/1").tensor("momentum").view();
  EXPECT_TRUE(std::signbit(momentum[0]));
  EXPECT_EQ(momentum[1], 1e-42f);
  EXPECT_EQ(read->trainees.at("worker/10").tensor("history/0").view()[2], 10);
  EXPECT_EQ(read->trainees.at("validator/0").rates.at(3), 0.1);
  EXPECT_EQ(read->trainees.at("validator/0").accepted, (std::vector<uint32_t>{3, 1}));
  EXPECT_EQ(read->lr, 0.3f);
  EXPECT_EQ(read->attacks.at(2).name, "negative");
  EXPECT_EQ(read->attacks.at(2).parameters.at("scale"), 3);
  EXPECT_EQ(read->rule, of_round(20).rule);
  EXPECT_EQ(read->idle, (std::set<uint32_t>{4}));
  EXPECT_EQ(read->tally.poisoned_accepted, 4u);
  EXPECT_EQ(said_, "");
}

TEST_F(SnapshotsTest, TheNewestStay) {
  EXPECT_FALSE(newest());
  for (const uint32_t round : {10, 20, 30, 30, 1'000'000}) snapshots_.add(of_round(round));
  EXPECT_THAT(names(), UnorderedElementsAre("round-000030", "round-1000000"));
  EXPECT_EQ(newest()->round, 1'000'000u);
}

TEST_F(SnapshotsTest, OneThatIsDamagedIsSaidToBeAndTheOneBeforeIsUsed) {
  for (const char* file : {"state.safetensors", "state.bin", "manifest.sha256"}) {
    for (const bool cut : {false, true}) {
      snapshots_.add(of_round(10));
      snapshots_.add(of_round(20));
      const auto path = folder_ / "snapshots" / "round-000020" / file;
      if (cut) {
        std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
      } else {
        std::fstream bytes(path, std::ios::in | std::ios::out | std::ios::binary);
        bytes.seekg(-10, std::ios::end);
        const char byte = static_cast<char>(bytes.get() ^ 1);
        bytes.seekp(-10, std::ios::end);
        bytes.put(byte);
      }
      said_.clear();
      const auto read = newest();
      ASSERT_TRUE(read) << file;
      EXPECT_EQ(read->round, 10u);
      EXPECT_THAT(said_, HasSubstr("round-000020 cannot be used: its checksum is wrong")) << file;
    }
  }
}

TEST_F(SnapshotsTest, OneThatIsIncompleteIsNotUsed) {
  snapshots_.add(of_round(10));
  std::filesystem::create_directory(folder_ / "snapshots" / "round-000020");
  std::filesystem::create_directory(folder_ / "snapshots" / ".round-000030.1.tmp");
  EXPECT_EQ(newest()->round, 10u);
  EXPECT_THAT(said_, HasSubstr("round-000020 cannot be used"));
  EXPECT_THAT(said_, testing::Not(HasSubstr("round-000030")));
}

TEST_F(SnapshotsTest, WhatWasThereStaysWhenThereIsNoRoomForANewOne) {
  snapshots_.add(of_round(10));
  std::filesystem::create_directory(folder_ / "elsewhere");
  // A file where the temporary folder would be made.
  const Snapshots nowhere(folder_.put("file", "x") / "snapshots", 2);
  refusal(UserError::cannot_write, [&] { const_cast<Snapshots&>(nowhere).add(of_round(20)); });
  EXPECT_EQ(newest()->round, 10u);
}

}  // namespace
}  // namespace zenops

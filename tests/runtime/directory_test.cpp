#include "runtime/directory.hpp"

#include <gtest/gtest.h>

#include "tests/base/temporary_folder.hpp"

namespace zenops {
namespace {

TEST(DirectoryTest, AHeadThatComesBackKnowsWhoWasGivenWhichGpus) {
  const TemporaryFolder folder;
  const auto path = folder / "head.sqlite";
  const auto open = [&] { return std::make_shared<Store>(path, [](const std::string&) {}); };
  {
    Directory before(open());
    const uint64_t job = before.open({"r", "", 7});
    before.jobs.at(job).supervisors.push_back({{}, 0, Supervision({})});
    before.remember(job);
    for (const char* name : {"worker/0", "worker/1"}) {
      before.jobs.at(job).groups.insert_or_assign(
          "both", Directory::Group{.bundle = {.name = "both"}, .node = "a", .gpus = {3}, .process = 8});
      before.processes[8].node.name = "a";
      Directory::Entry& entry = before.actors[name];
      entry.job = job;
      entry.group = "both";
      entry.needs = {.cores = 1, .gpus = 0.7};
      entry.process = 8;
      before.remember(name);
    }
  }
  Directory after(open());
  after.recall({});
  const auto& group = after.jobs.begin()->second.groups.at("both");
  EXPECT_EQ(group.node, "a");
  EXPECT_EQ(group.gpus, std::vector<int>{3});
  EXPECT_EQ(group.bundle.needs.gpus, 0.7) << "those of a process share them";
  EXPECT_EQ(group.bundle.needs.cores, 2);
  Ledger ledger;
  ASSERT_TRUE(ledger.join({.name = "a", .host = "h", .cores = 2, .gpus = {3}}));
  EXPECT_TRUE(ledger.reserve({{"both", group.node, group.bundle.needs, group.gpus}}))
      << "as the head does when the node is back";
}

}  // namespace
}  // namespace zenops

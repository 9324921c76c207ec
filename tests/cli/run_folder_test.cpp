#include "cli/run_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "base/expected.hpp"
#include "tests/cli/process.hpp"

namespace zenops {
namespace {

class RunFolderTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
};

TEST_F(RunFolderTest, HoldsWhatWasWritten) {
  RunFolder run(folder_.path() / "runs", "a", "name: a\n");
  run.add_round("{1}");
  run.add_round("{2}");
  EXPECT_EQ(text_of(run.path() / "config.yaml"), "name: a\n");
  EXPECT_EQ(text_of(run.path() / "metrics.jsonl"), "{1}\n{2}\n");
  EXPECT_FALSE(std::filesystem::exists(run.path() / "result.json"));
  run.write_result("{}");
  EXPECT_EQ(text_of(run.path() / "result.json"), "{}\n");
}

TEST_F(RunFolderTest, ThoseBeforeAreMovedAside) {
  for (const char* yaml : {"first", "second", "third"}) RunFolder(folder_.path(), "a", yaml);
  EXPECT_EQ(text_of(folder_.path() / "a~1" / "config.yaml"), "first");
  EXPECT_EQ(text_of(folder_.path() / "a~2" / "config.yaml"), "second");
  EXPECT_EQ(text_of(folder_.path() / "a" / "config.yaml"), "third");
}

TEST_F(RunFolderTest, AFileOrADeadLinkInTheWayIsMovedAsideToo) {
  std::ofstream(folder_.path() / "a") << "a file";
  RunFolder(folder_.path(), "a", "first");
  EXPECT_EQ(text_of(folder_.path() / "a~1"), "a file");
  std::filesystem::create_symlink("nowhere", folder_.path() / "b");
  RunFolder(folder_.path(), "b", "second");
  EXPECT_TRUE(std::filesystem::is_symlink(folder_.path() / "b~1"));
  EXPECT_EQ(text_of(folder_.path() / "b" / "config.yaml"), "second");
}

TEST_F(RunFolderTest, SaysWhichFolderCannotBeMadeAndWhy) {
  std::ofstream(folder_.path() / "file") << "in the way";
  try {
    RunFolder(folder_.path() / "file", "a", "");
    FAIL() << "it was made";
  } catch (const UserError& e) {
    EXPECT_EQ(e.exit_code(), 4);
    EXPECT_EQ(e.what(), "cannot write " + (folder_.path() / "file" / "a").string() + ": Not a directory");
  }
}

TEST_F(RunFolderTest, AReplacedFileIsTheOldOneOrTheNewOne) {
  const auto path = folder_.path() / "result.json";
  OutputFile::replace(path, "old");
  OutputFile::replace(path, "new");
  EXPECT_EQ(text_of(path), "new");
  EXPECT_THROW(OutputFile::replace("/dev/full/x", "newer"), UserError);
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".tmp"));
}

TEST_F(RunFolderTest, AFullDiskIsTold) {
  OutputFile full("/dev/full");
  try {
    full.append("a line\n");
    FAIL() << "it was written";
  } catch (const UserError& e) {
    EXPECT_EQ(e.exit_code(), 4);
    EXPECT_STREQ(e.what(), "cannot write /dev/full: No space left on device");
  }
}

}  // namespace
}  // namespace zenops

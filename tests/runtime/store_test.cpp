#include "runtime/store.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <thread>

#include "tests/base/refusal.hpp"
#include "tests/base/temporary_folder.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

Store::Name name(const std::string& name, uint32_t incarnation, const std::string& state = "up") {
  return {name, std::string("spec\0of ", 8) + name, incarnation, "place", state};
}

/// Files may grow no more, as on a full disk, while it lives.
class FullDisk {
 public:
  FullDisk() {
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit none{0, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_;
  void (*handler_)(int);
};

class StoreTest : public testing::Test {
 protected:
  void SetUp() override { open(); }
  void open() {
    store_.reset();
    store_.emplace(path_, [this](const std::string& what) { errors_.push_back(what); });
  }
  void execute(const char* sql) {
    store_.reset();
    sqlite3* database;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  std::string refusal_to_open() {
    return refusal(UserError::cannot_write, [this] { Store store(path_); });
  }
  std::string bytes() {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_ / "state.sqlite";
  std::vector<std::string> errors_;
  std::optional<Store> store_;
};

TEST_F(StoreTest, ANewOneIsEmpty) {
  const auto all = store_->load();
  EXPECT_THAT(all.names, IsEmpty());
  EXPECT_THAT(all.nodes, IsEmpty());
  EXPECT_THAT(all.facts, IsEmpty());
}

TEST_F(StoreTest, WhatWasPutIsThereAfterItWasClosed) {
  store_->put_name(name("shard/1", 3));
  store_->put_name(name("shard/0", 2));
  store_->put_node({"left", std::string("\0\xff", 2), "lost"});
  store_->put_fact("round", "17");
  store_->put_fact("round", "18");
  store_->put_fact("", "");
  open();
  const auto all = store_->load();
  EXPECT_THAT(all.names, ElementsAre(name("shard/0", 2), name("shard/1", 3)));
  EXPECT_THAT(all.nodes, ElementsAre(Store::Node{"left", std::string("\0\xff", 2), "lost"}));
  EXPECT_THAT(all.facts, ElementsAre(Pair("", ""), Pair("round", "18")));
}

TEST_F(StoreTest, WhatWasErasedIsNot) {
  store_->put_name(name("a", 1));
  store_->put_node({"n", "", ""});
  ASSERT_TRUE(store_->flush());
  store_->erase_name("a");
  store_->erase_node("n");
  store_->erase_node("nobody");
  EXPECT_THAT(store_->load().names, IsEmpty());
  EXPECT_THAT(store_->load().nodes, IsEmpty());
}

TEST_F(StoreTest, AnIncarnationNeverGoesBack) {
  store_->put_name(name("a", 5, "before"));
  ASSERT_TRUE(store_->flush());
  store_->put_name(name("a", 4, "late"));
  EXPECT_THAT(store_->load().names, ElementsAre(name("a", 5, "before")));
  // Nor when neither is written yet.
  store_->put_name(name("a", 6, "new"));
  store_->put_name(name("a", 5, "late"));
  EXPECT_THAT(store_->load().names, ElementsAre(name("a", 6, "new")));
  store_->put_name(name("a", 6, "newer"));
  EXPECT_THAT(store_->load().names, ElementsAre(name("a", 6, "newer")));
}

TEST_F(StoreTest, ANameThatWasErasedBeginsAnew) {
  store_->put_name(name("a", 5));
  ASSERT_TRUE(store_->flush());
  store_->erase_name("a");
  store_->put_name(name("a", 1));
  EXPECT_THAT(store_->load().names, ElementsAre(name("a", 1)));
}

TEST_F(StoreTest, TenThousandNamesAreLoaded) {
  for (uint32_t i = 0; i < 10000; ++i) store_->put_name(name("worker/" + std::to_string(i), i));
  open();
  const auto names = store_->load().names;
  ASSERT_EQ(names.size(), 10000u);
  for (const auto& n : names) EXPECT_EQ(n, name("worker/" + std::to_string(n.incarnation), n.incarnation));
}

TEST_F(StoreTest, ManyThreadsPut) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([this, t] {
      for (int i = 0; i < 250; ++i) {
        store_->put_fact(std::to_string(t) + "/" + std::to_string(i), "x");
        EXPECT_TRUE(i % 50 != 0 || store_->flush());
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(store_->load().facts.size(), 1000u);
}

TEST_F(StoreTest, WhatWasFlushedOutlivesAKill) {
  store_.reset();
  int answer[2];
  ASSERT_EQ(pipe2(answer, O_CLOEXEC), 0);
  const pid_t writer = fork();
  if (writer == 0) {
    Store store(path_);
    for (uint32_t i = 1;; ++i) {
      store.put_name(name("a", i));
      store.put_fact("a", std::to_string(i));
      if (i % 50 == 0) {
        if (!store.flush() || write(answer[1], &i, sizeof i) != sizeof i) _exit(1);
      }
    }
  }
  close(answer[1]);
  uint32_t flushed = 0;
  while (flushed < 2000 && read(answer[0], &flushed, sizeof flushed) == sizeof flushed) {
  }
  kill(writer, SIGKILL);  // it has gone on meanwhile
  waitpid(writer, nullptr, 0);
  while (read(answer[0], &flushed, sizeof flushed) == sizeof flushed) {
  }
  close(answer[0]);
  ASSERT_GE(flushed, 2000u);
  open();
  const auto all = store_->load();
  ASSERT_EQ(all.names.size(), 1u);
  EXPECT_GE(all.names[0].incarnation, flushed);
  const auto fact = static_cast<uint32_t>(std::stoul(all.facts.at("a")));
  EXPECT_GE(fact, flushed);
  EXPECT_LE(all.names[0].incarnation - fact, 1u) << "a transaction was torn";
}

TEST_F(StoreTest, ASecondHeadIsToldWhoHasTheState) {
  const auto said = refusal_to_open();
  EXPECT_THAT(said, HasSubstr("another head's state: process " + std::to_string(getpid()) + " has it open"));
  EXPECT_THAT(said, HasSubstr(path_.string()));
  open();  // when the first has ended
}

TEST_F(StoreTest, APlaceThatCannotBeWrittenIsRefused) {
  const auto said =
      refusal(UserError::cannot_write, [this] { Store store(folder_ / "no such folder" / "state.sqlite"); });
  EXPECT_THAT(said, HasSubstr("no such folder"));
  EXPECT_THAT(said, HasSubstr("No such file or directory"));
  folder_.put("file", "");
  EXPECT_THAT(refusal(UserError::cannot_write, [this] { Store store(folder_ / "file/state.sqlite"); }),
              HasSubstr("Not a directory"));
  std::filesystem::create_directory(folder_ / "folder");
  EXPECT_THAT(refusal(UserError::cannot_write, [this] { Store store(folder_ / "folder"); }),
              HasSubstr("unable to open database file"));
  if (geteuid() == 0) return;  // may write everywhere
  std::filesystem::create_directory(folder_ / "closed");
  std::filesystem::permissions(folder_ / "closed", std::filesystem::perms::owner_read);
  EXPECT_THAT(refusal(UserError::cannot_write, [this] { Store store(folder_ / "closed" / "state.sqlite"); }),
              HasSubstr("Permission denied"));
}

TEST_F(StoreTest, AFileThatIsNoDatabaseIsRefusedAndLeftAlone) {
  store_.reset();
  const std::string text(10000, 'x');
  folder_.put("state.sqlite", text);
  EXPECT_THAT(refusal_to_open(), HasSubstr("file is not a database"));
  EXPECT_EQ(bytes(), text);
}

TEST_F(StoreTest, ADamagedFileIsRefused) {
  for (uint32_t i = 0; i < 1000; ++i) store_->put_name(name("worker/" + std::to_string(i), i));
  store_.reset();
  std::string damaged = bytes();
  ASSERT_GT(damaged.size(), 40000u);
  for (size_t at = 20000; at < 30000; ++at) damaged[at] = static_cast<char>(at * 7);
  folder_.put("state.sqlite", damaged);
  EXPECT_THAT(refusal_to_open(), testing::AnyOf(HasSubstr("damaged"), HasSubstr("malformed")));
  folder_.put("state.sqlite", damaged.substr(0, 30000));
  EXPECT_THAT(refusal_to_open(), testing::AnyOf(HasSubstr("damaged"), HasSubstr("malformed")));
}

TEST_F(StoreTest, AnotherProgramsDatabaseIsRefused) {
  execute("DROP TABLE schema_version; CREATE TABLE bookmarks (page TEXT)");
  EXPECT_THAT(refusal_to_open(), HasSubstr("another program's database"));
}

TEST_F(StoreTest, AFormatOfTheFutureIsRefused) {
  execute("UPDATE schema_version SET version = 9");
  EXPECT_THAT(refusal_to_open(), HasSubstr("it is of format 9, and this zenops knows only 1"));
}

TEST_F(StoreTest, ATableThatIsMissingIsRefused) {
  execute("DROP TABLE facts");
  EXPECT_THAT(refusal_to_open(), HasSubstr("no such table: facts"));
}

TEST_F(StoreTest, AFullDiskIsReportedOnceAndWhatWasPutIsWrittenWhenThereIsRoomAgain) {
  store_->put_name(name("a", 5));
  store_->put_name(name("b", 5));
  ASSERT_TRUE(store_->flush());
  {
    const FullDisk full;
    store_->put_fact("round", "1");
    store_->put_fact("kept", "yes");
    store_->put_name(name("a", 7));
    store_->erase_name("b");
    EXPECT_FALSE(store_->flush());
    EXPECT_FALSE(store_->flush());
    store_->put_fact("round", "2");
    store_->put_name(name("a", 6));
    store_->put_name(name("b", 1));
    EXPECT_FALSE(store_->flush());
    EXPECT_THAT(store_->load().names, ElementsAre(name("a", 5), name("b", 5)));
  }
  EXPECT_TRUE(store_->flush());
  const auto all = store_->load();
  EXPECT_THAT(all.facts, ElementsAre(Pair("kept", "yes"), Pair("round", "2")));
  EXPECT_THAT(all.names, ElementsAre(name("a", 7), name("b", 1)));
  store_.reset();
  EXPECT_THAT(errors_, ElementsAre(HasSubstr("cannot write " + path_.string() + ": disk I/O error")));
}

TEST_F(StoreTest, ItCanBeClosedWhileTheDiskIsFull) {
  {
    const FullDisk full;
    store_->put_fact("round", "1");
    store_.reset();
  }
  EXPECT_EQ(errors_.size(), 1u);
  open();
  EXPECT_THAT(store_->load().facts, IsEmpty());
}

}  // namespace
}  // namespace zenops

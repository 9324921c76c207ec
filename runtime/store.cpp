#include "runtime/store.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

#include "base/expected.hpp"
#include "runtime/fd.hpp"

namespace zenops {
namespace {

constexpr int format = 1;

constexpr const char* schema = R"(
  CREATE TABLE schema_version (version INTEGER NOT NULL) STRICT;
  INSERT INTO schema_version VALUES (1);
  CREATE TABLE names (
    name TEXT PRIMARY KEY, spec BLOB NOT NULL, incarnation INTEGER NOT NULL, place TEXT NOT NULL, state TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE nodes (name TEXT PRIMARY KEY, spec BLOB NOT NULL, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE facts (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
)";

/// What SQLite said. Never leaves this file.
struct Failure : std::runtime_error {
  explicit Failure(sqlite3* database) : std::runtime_error(sentence(database)) {}
  static std::string sentence(sqlite3* database) {
    std::string what = sqlite3_errmsg(database);
    const int code = sqlite3_errcode(database) & 0xff, cause = sqlite3_system_errno(database);
    if ((code == SQLITE_IOERR || code == SQLITE_CANTOPEN) && cause != 0)
      what += std::string(" (") + std::strerror(cause) + ")";
    return what;
  }
};

class Statement {
 public:
  Statement(sqlite3* database, std::string_view sql) : database_(database) {
    if (sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement_,
                           nullptr) != SQLITE_OK)
      throw Failure(database);
  }
  Statement(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  Statement& text(int at, const std::string& value) {
    return check(sqlite3_bind_text64(statement_, at, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8));
  }
  Statement& bytes(int at, const std::string& value) {
    return check(sqlite3_bind_blob64(statement_, at, value.data(), value.size(), SQLITE_STATIC));
  }
  Statement& number(int at, int64_t value) { return check(sqlite3_bind_int64(statement_, at, value)); }
  /// To the next row; false when there is none.
  bool step() {
    const int result = sqlite3_step(statement_);
    if (result != SQLITE_ROW && result != SQLITE_DONE) throw Failure(database_);
    return result == SQLITE_ROW;
  }
  /// Once, for what has no rows.
  void run() {
    struct Reset {
      sqlite3_stmt* statement;
      ~Reset() { sqlite3_reset(statement); }
    } reset{statement_};
    step();
  }
  std::string column(int at) const {
    const auto data = static_cast<const char*>(sqlite3_column_blob(statement_, at));
    return data ? std::string(data, static_cast<size_t>(sqlite3_column_bytes(statement_, at))) : std::string();
  }
  int64_t column_number(int at) const { return sqlite3_column_int64(statement_, at); }

 private:
  Statement& check(int result) {
    if (result != SQLITE_OK) throw Failure(database_);
    return *this;
  }
  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
};

/// Held as long as it lives. A file of its own: SQLite's locks come and go with its transactions.
Fd locked(const std::filesystem::path& path) {
  const std::filesystem::path file = path.string() + ".lock";
  const auto refuse = [](const std::string& what) { throw UserError(UserError::cannot_write, what); };
  Fd lock(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!lock) refuse("cannot write " + file.string() + ": " + std::strerror(errno));
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) refuse("cannot lock " + file.string() + ": " + std::strerror(errno));
    char owner[32];
    const ssize_t n = pread(lock.get(), owner, sizeof owner, 0);
    // It has not written its number yet when it has only just begun.
    refuse(path.string() + " is another head's state: " +
           (n > 0 ? "process " + std::string(owner, static_cast<size_t>(n)) : "a process that has just begun") +
           " has it open");
  }
  const std::string self = std::to_string(getpid());
  if (ftruncate(lock.get(), 0) != 0 || pwrite(lock.get(), self.data(), self.size(), 0) < 0)
    refuse("cannot write " + file.string() + ": " + std::strerror(errno));
  return lock;
}

class Database {
 public:
  explicit Database(const std::filesystem::path& path) : lock_(locked(path)) {
    try {
      open(path);
    } catch (const Failure& failure) {
      sqlite3_close(database_);
      throw UserError(UserError::cannot_write, "cannot open the state in " + path.string() + ": " + failure.what());
    } catch (...) {
      sqlite3_close(database_);
      throw;
    }
  }
  Database(const Database&) = delete;
  ~Database() { sqlite3_close(database_); }
  operator sqlite3*() const { return database_; }

  void run(const char* sql) {
    if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) throw Failure(database_);
  }

 private:
  void open(const std::filesystem::path& path) {
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
    if (sqlite3_open_v2(path.c_str(), &database_, flags, nullptr) != SQLITE_OK) throw Failure(database_);
    sqlite3_busy_timeout(database_, 5000);  // somebody who looks at it with a tool
    const auto refuse = [&path](const std::string& what) {
      throw UserError(UserError::cannot_write, "cannot open the state in " + path.string() + ": " + what);
    };
    // Before anything of it is changed: is it ours?
    const auto count = [this](const char* sql) {
      Statement statement(database_, sql);
      return statement.step() ? statement.column_number(0) : 0;
    };
    if (count("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_version'") == 0) {
      if (count("SELECT count(*) FROM sqlite_schema") > 0) refuse("this is another program's database");
    } else {
      Statement check(database_, "PRAGMA quick_check(1)");
      if (check.step() && check.column(0) != "ok") refuse("the file is damaged: " + check.column(0));
      const int64_t found = count("SELECT version FROM schema_version");
      if (found != format)
        refuse("it is of format " + std::to_string(found) + ", and this zenops knows only " + std::to_string(format));
    }
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA synchronous = NORMAL");
    if (count("SELECT count(*) FROM sqlite_schema") == 0)
      run(("BEGIN IMMEDIATE;" + std::string(schema) + "COMMIT").c_str());
  }

  Fd lock_;
  sqlite3* database_ = nullptr;
};

}  // namespace

///   put → pending ─take─▶ being written ─▶ written
///            ▲─────────could not be─┘
class Store::Writer {
 public:
  Writer(const std::filesystem::path& path, std::function<void(const std::string&)> on_error) try
      : path_(path), on_error_(std::move(on_error)), database_(path), thread_([this] { run(); }) {
  } catch (const Failure& failure) {
    throw UserError(UserError::cannot_write, "cannot open the state in " + path.string() + ": " + failure.what());
  }

  ~Writer() {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void put(Name name) {
    const std::string key = name.name;
    change(pending_.names, key, [&name](Change<Name>& change) {
      if (!change.put || change.put->incarnation <= name.incarnation) change.put = std::move(name);
    });
  }
  void put(Node node) {
    const std::string key = node.name;
    change(pending_.nodes, key, [&node](Change<Node>& change) { change.put = std::move(node); });
  }
  void put(const std::string& key, std::string value) {
    change(pending_.facts, key, [&value](Change<std::string>& change) { change.put = std::move(value); });
  }
  void erase_name(const std::string& name) {
    change(pending_.names, name, [](Change<Name>& change) { change = {.erase = true, .put = {}}; });
  }
  void erase_node(const std::string& name) {
    change(pending_.nodes, name, [](Change<Node>& change) { change = {.erase = true, .put = {}}; });
  }

  bool flush() {
    std::unique_lock lock(mutex_);
    const uint64_t all = changes_, asked = ++asked_;
    changed_.notify_all();
    changed_.wait(lock, [this, asked] { return answered_ >= asked; });
    return written_ >= all;
  }

  Contents load() {
    flush();
    std::lock_guard lock(database_mutex_);
    try {
      Contents all;
      for (Statement rows(database_, "SELECT name, spec, incarnation, place, state FROM names ORDER BY name");
           rows.step();)
        all.names.push_back({rows.column(0), rows.column(1), static_cast<uint32_t>(rows.column_number(2)),
                             rows.column(3), rows.column(4)});
      for (Statement rows(database_, "SELECT name, spec, state FROM nodes ORDER BY name"); rows.step();)
        all.nodes.push_back({rows.column(0), rows.column(1), rows.column(2)});
      for (Statement rows(database_, "SELECT key, value FROM facts"); rows.step();)
        all.facts.emplace(rows.column(0), rows.column(1));
      return all;
    } catch (const Failure& failure) {
      throw UserError(UserError::cannot_write, "cannot read the state in " + path_.string() + ": " + failure.what());
    }
  }

 private:
  /// What becomes of one key: however often it changes before it is written, this is all that is kept.
  template <class T>
  struct Change {
    bool erase = false;
    std::optional<T> put;  // after that
  };
  struct Changes {
    std::map<std::string, Change<Name>> names;
    std::map<std::string, Change<Node>> nodes;
    std::map<std::string, Change<std::string>> facts;
    bool empty() const { return names.empty() && nodes.empty() && facts.empty(); }
  };

  template <class T, class Edit>
  void change(std::map<std::string, Change<T>>& table, const std::string& key, Edit edit) {
    {
      std::lock_guard lock(mutex_);
      edit(table[key]);
      ++changes_;
    }
    changed_.notify_all();
  }

  void run() {
    std::unique_lock lock(mutex_);
    for (bool failed = false;;) {
      // What failed is tried again after a while, and new changes wait as long: a full disk is not asked all the time.
      if (failed)
        changed_.wait_for(lock, std::chrono::seconds(1), [this] { return stop_ || asked_ > answered_; });
      else
        changed_.wait(lock, [this] { return stop_ || asked_ > answered_ || !pending_.empty(); });
      const bool last = stop_;
      const uint64_t upto = changes_, asked = asked_;
      Changes changes = std::exchange(pending_, {});
      lock.unlock();
      const auto why = changes.empty() ? std::nullopt : write(changes);
      if (why && !complained_) on_error_("cannot write " + path_.string() + ": " + *why);
      complained_ = complained_ || why;
      lock.lock();
      failed = why.has_value();
      if (failed)
        give_back(std::move(changes));
      else
        written_ = upto;
      answered_ = asked;
      changed_.notify_all();
      if (last) return;
    }
  }

  /// Why it could not.
  std::optional<std::string> write(const Changes& changes) {
    std::lock_guard lock(database_mutex_);
    try {
      database_.run("BEGIN IMMEDIATE");
      for (const auto& [key, change] : changes.names) {
        if (change.erase) erase_name_.text(1, key).run();
        if (const auto& put = change.put)
          put_name_.text(1, key)
              .bytes(2, put->spec)
              .number(3, put->incarnation)
              .text(4, put->place)
              .text(5, put->state)
              .run();
      }
      for (const auto& [key, change] : changes.nodes) {
        if (change.erase) erase_node_.text(1, key).run();
        if (const auto& put = change.put) put_node_.text(1, key).bytes(2, put->spec).text(3, put->state).run();
      }
      for (const auto& [key, change] : changes.facts)
        if (change.put) put_fact_.text(1, key).bytes(2, *change.put).run();
      database_.run("COMMIT");
      return std::nullopt;
    } catch (const Failure& failure) {
      // An error may have ended it already.
      if (!sqlite3_get_autocommit(database_)) sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
      return failure.what();
    }
  }

  /// Under what was put meanwhile.
  void give_back(Changes changes) {
    const auto merge = [](auto& before, auto& after) {
      for (auto& [key, change] : after) {
        auto& all = before[key];
        if (change.erase) all = {.erase = true, .put = {}};
        if (change.put && !older(*change.put, all.put)) all.put = std::move(change.put);
      }
      after = std::move(before);
    };
    merge(changes.names, pending_.names);
    merge(changes.nodes, pending_.nodes);
    merge(changes.facts, pending_.facts);
  }
  static bool older(const Name& name, const std::optional<Name>& than) {
    return than && name.incarnation < than->incarnation;
  }
  template <class T>
  static bool older(const T&, const std::optional<T>&) {
    return false;
  }

  const std::filesystem::path path_;
  const std::function<void(const std::string&)> on_error_;

  std::mutex mutex_;
  std::condition_variable changed_;
  Changes pending_;
  uint64_t changes_ = 0, written_ = 0;  // how many there ever were, and how many of the first are written
  uint64_t asked_ = 0, answered_ = 0;   // flushes
  bool stop_ = false;
  bool complained_ = false;  // of the thread

  std::mutex database_mutex_;
  Database database_;
  Statement put_name_{database_,
                      "INSERT INTO names VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET spec = excluded.spec, "
                      "incarnation = excluded.incarnation, place = excluded.place, state = excluded.state "
                      "WHERE excluded.incarnation >= names.incarnation"};
  Statement erase_name_{database_, "DELETE FROM names WHERE name = ?"};
  Statement put_node_{database_, "INSERT OR REPLACE INTO nodes VALUES (?, ?, ?)"};
  Statement erase_node_{database_, "DELETE FROM nodes WHERE name = ?"};
  Statement put_fact_{database_, "INSERT OR REPLACE INTO facts VALUES (?, ?)"};

  std::thread thread_;
};

Store::Store(const std::filesystem::path& path, std::function<void(const std::string&)> on_error)
    : writer_(std::make_unique<Writer>(path, std::move(on_error))) {}

Store::~Store() = default;

Store::Contents Store::load() { return writer_->load(); }
void Store::put_name(Name name) { writer_->put(std::move(name)); }
void Store::erase_name(std::string name) { writer_->erase_name(name); }
void Store::put_node(Node node) { writer_->put(std::move(node)); }
void Store::erase_node(std::string name) { writer_->erase_node(name); }
void Store::put_fact(std::string key, std::string value) { writer_->put(key, std::move(value)); }
bool Store::flush() { return writer_->flush(); }

}  // namespace zenops

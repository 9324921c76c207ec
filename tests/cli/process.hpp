#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace zenops {

/// What a process came to.
struct Ended {
  int exit_code = -1;  // 128 + signal when a signal ended it
  std::string out, err;
};

/// A running zenops-cli, its output in files of `folder`, which it is started in.
class Process {
 public:
  /// `prelude`: shell commands before it, like "ulimit -f 1".
  Process(const std::filesystem::path& folder, const std::vector<std::string>& arguments,
          const std::string& prelude = ":");
  ~Process();
  Process(const Process&) = delete;
  void signal(int number) const;
  pid_t pid() const { return pid_; }
  /// What it has written to stderr so far.
  std::string err() const;
  bool running();
  Ended wait();

 private:
  void reap(int options);
  std::filesystem::path out_, err_;
  pid_t pid_ = 0;
  bool running_ = true;
  int status_ = 0;
};

/// Runs zenops-cli in `folder` until it ends.
Ended zenops_cli(const std::filesystem::path& folder, const std::vector<std::string>& arguments,
                 const std::string& prelude = ":");

/// Waits until it has written a line of metrics. False when it ended before.
bool trains(Process& process, const std::filesystem::path& metrics);

/// A folder of its own for a test, gone with it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string text_of(const std::filesystem::path& path);
std::vector<std::string> lines_of(const std::string& text);

}  // namespace zenops

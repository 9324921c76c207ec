#include "tests/cli/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>
#include <thread>

namespace zenops {

Process::Process(const std::filesystem::path& folder, const std::vector<std::string>& arguments,
                 const std::string& prelude) {
  static int count = 0;
  const std::string name = std::to_string(++count);
  out_ = folder / (name + ".stdout");
  err_ = folder / (name + ".stderr");
  std::vector<std::string> words{
      "sh", "-c", "cd \"$1\" && shift && " + prelude + " && exec \"$@\"", "sh", folder.string(), ZENOPS_CLI};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, err_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int error = posix_spawn(&pid_, "/bin/sh", &files, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) throw std::system_error(error, std::generic_category(), "posix_spawn");
}

Process::~Process() {
  if (!running_) return;
  signal(SIGKILL);
  reap(0);
}

void Process::signal(int number) const { kill(pid_, number); }

std::string Process::err() const { return text_of(err_); }

void Process::reap(int options) {
  if (running_ && waitpid(pid_, &status_, options) == pid_) running_ = false;
}

bool Process::running() {
  reap(WNOHANG);
  return running_;
}

Ended Process::wait() {
  reap(0);
  return {WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_), text_of(out_), text_of(err_)};
}

Ended zenops_cli(const std::filesystem::path& folder, const std::vector<std::string>& arguments,
                 const std::string& prelude) {
  return Process(folder, arguments, prelude).wait();
}

bool trains(Process& process, const std::filesystem::path& metrics) {
  while (process.running()) {
    if (lines_of(text_of(metrics)).size() > 1) return true;
    std::this_thread::sleep_for(
        std::chrono::milliseconds(10));  // another process's file: there is nothing else to wait on
  }
  return false;
}

TemporaryFolder::TemporaryFolder() {
  auto name = (std::filesystem::temp_directory_path() / "zenops-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::generic_category(), name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace zenops

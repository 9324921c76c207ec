#include "cli/daemon.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <system_error>

#include "base/expected.hpp"
#include "cli/output_file.hpp"

namespace zenops {
namespace {

constexpr const char* ready_variable = "ZENOPS_READY_FD";  // in the environment of who was detached

std::string last_line(const std::filesystem::path& log) {
  std::ifstream file(log);
  std::string line, last;
  while (std::getline(file, line))
    if (!line.empty()) last = line;
  const std::string prefix = "zenops-cli: ";
  return last.starts_with(prefix) ? last.substr(prefix.size()) : last;
}

}  // namespace

int detach(const std::vector<std::string>& arguments, const std::filesystem::path& log) {
  std::error_code error;
  std::filesystem::create_directories(log.parent_path(), error);
  if (error) cannot_write(log.parent_path(), error.value());
  std::vector<std::string> words{"zenops-cli"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (output < 0) cannot_write(log, errno);
  const int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
  int ends[2];
  if (input < 0 || pipe(ends) != 0) throw std::system_error(errno, std::generic_category(), "detach");
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  setenv(ready_variable, std::to_string(ends[1]).c_str(), 1);
  const pid_t pid = fork();
  if (pid == 0) {
    setsid();
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execv("/proc/self/exe", argv.data());
    _exit(127);
  }
  const int fork_error = errno;
  unsetenv(ready_variable);
  for (const int fd : {input, output, ends[1]}) close(fd);
  if (pid < 0) throw std::system_error(fork_error, std::generic_category(), "fork");
  char byte = 0;
  ssize_t n;
  while ((n = read(ends[0], &byte, 1)) < 0 && errno == EINTR) {
  }
  close(ends[0]);
  if (n == 1) return pid;
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  throw UserError(WIFEXITED(status) ? WEXITSTATUS(status) : UserError::run_failed, last_line(log));
}

void ready() {
  const char* text = std::getenv(ready_variable);
  if (text == nullptr) return;
  const int fd = std::atoi(text);
  unsetenv(ready_variable);
  [[maybe_unused]] const ssize_t n = write(fd, "r", 1);
  close(fd);
}

std::filesystem::path state_folder() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state == '/') return std::filesystem::path(state) / "zenops";
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home != nullptr ? home : "/tmp") / ".local/state/zenops";
}

}  // namespace zenops

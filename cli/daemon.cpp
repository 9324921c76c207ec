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
#include "cli/self.hpp"

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
  Self self(arguments, log);
  int ends[2];
  if (pipe(ends) != 0) throw std::system_error(errno, std::generic_category(), "detach");
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  setenv(ready_variable, std::to_string(ends[1]).c_str(), 1);
  const pid_t pid = fork();
  if (pid == 0) {
    setsid();
    self.become();
  }
  const int fork_error = errno;
  unsetenv(ready_variable);
  close(ends[1]);
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

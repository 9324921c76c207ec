#include "cli/child.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "cli/self.hpp"

namespace zenops {

Child::Child(const std::vector<std::string>& arguments, const std::filesystem::path& log) {
  Self self(arguments, log);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    // Between fork and exec of a process with threads: system calls only.
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(1);
    self.become();
  }
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
}

void Child::stop() const { kill(pid_, SIGTERM); }

Child::~Child() {
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

int Child::wait() const {
  // It is left to the destructor to let go of the process, and so of its number.
  siginfo_t info{};
  while (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

}  // namespace zenops

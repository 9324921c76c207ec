#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <iostream>
#include <map>
#include <vector>

#include "base/expected.hpp"
#include "runtime/nursery.hpp"
#include "runtime/nursery_wire.hpp"

namespace zenops {
namespace {

using nursery::Frame;
using nursery::Inbox;
using nursery::Kind;

using Body = std::function<int(std::string)>;

void flush() {
  std::cout.flush();
  std::fflush(nullptr);
}

/// What a process of the nursery is from its fork to its end.
[[noreturn]] void live(const Body& body, std::string what) {
  int code = UserError::run_failed;
  try {
    code = body(std::move(what));
  } catch (const UserError& error) {
    std::cerr << error.what() << '\n';
    code = error.exit_code();
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
  }
  flush();
  _exit(code);  // what was prepared is not taken to pieces: that is for the nursery, and would cost copies of its pages
}

/// The nursery's side of the socket. It has no threads: one loop hears the daemon and the processes.
class Parent {
 public:
  explicit Parent(const Body& body) : body_(body) {}

  /// Until the socket closes; then no process is left.
  void run(Inbox& inbox) {
    for (bool open = true; open;) {
      while (auto frame = inbox.next()) obey(*frame);
      std::vector<pollfd> polled{{.fd = nursery::socket_fd, .events = POLLIN, .revents = 0}};
      std::vector<uint64_t> numbers;
      for (const auto& [number, child] : children_) {
        numbers.push_back(number);
        polled.push_back({.fd = child.pidfd.get(), .events = POLLIN, .revents = 0});
        polled.push_back({.fd = child.output.get(), .events = POLLIN, .revents = 0});
      }
      if (poll(polled.data(), polled.size(), -1) < 0) continue;
      for (size_t i = 0; i < numbers.size(); ++i) {
        const auto child = children_.find(numbers[i]);
        if (polled[2 * i + 2].revents) hear(child->first, child->second);
        if (polled[2 * i + 1].revents) bury(child);
      }
      if (polled[0].revents) open = inbox.receive(nursery::socket_fd) == Inbox::State::open;
    }
    for (const auto& [number, child] : children_) kill(child.pid, SIGKILL);
    while (!children_.empty()) bury(children_.begin());
  }

 private:
  struct Child {
    pid_t pid;
    Fd pidfd, output;
    nursery::Lines lines;
  };
  using Children = std::map<uint64_t, Child>;

  void say(Kind kind, uint64_t process, std::string_view body, int fd = -1) {
    // When the daemon does not hear it, the socket's end is what the loop sees next.
    nursery::send(nursery::socket_fd, kind, process, body, fd);
  }

  void obey(Frame& frame) {
    if (frame.kind == Kind::start) {
      start(frame.process, std::move(frame.body));
    } else if (frame.kind == Kind::signal) {
      // Not reaped yet, so that its id is nobody else's.
      if (const auto child = children_.find(frame.process); child != children_.end())
        kill(child->second.pid, std::stoi(frame.body));
    }
  }

  void start(uint64_t process, std::string what) {
    const auto refuse = [this, process] {
      say(Kind::ended, process, std::string("it was not started: ") + std::strerror(errno));
    };
    int pipe[2];
    if (pipe2(pipe, O_CLOEXEC) != 0) return refuse();
    Fd read_end(pipe[0]), write_end(pipe[1]);
    fcntl(read_end.get(), F_SETFL, O_NONBLOCK);
    flush();
    const pid_t parent = getpid(), pid = fork();
    if (pid < 0) return refuse();
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) _exit(1);  // it fell before it was asked to take its child along
      dup2(write_end.get(), STDOUT_FILENO);
      dup2(write_end.get(), STDERR_FILENO);
      write_end.reset();
      read_end.reset();
      children_.clear();
      close(nursery::socket_fd);
      live(body_, std::move(what));
    }
    Fd pidfd(pidfd_open(pid, 0));
    if (!pidfd) {
      const int cause = errno;
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
      errno = cause;
      return refuse();
    }
    say(Kind::started, process, std::to_string(pid), pidfd.get());
    children_.emplace(process, Child{pid, std::move(pidfd), std::move(read_end), {}});
  }

  auto says(uint64_t process) {
    return [this, process](const std::string& line) { say(Kind::said, process, line); };
  }

  void hear(uint64_t process, Child& child) {
    if (!child.lines.read(child.output.get(), says(process))) child.output.reset();  // poll() passes over it then
  }

  /// Waits for its end.
  void bury(Children::iterator it) {
    auto& [process, child] = *it;
    siginfo_t info{};
    while (waitid(P_PIDFD, static_cast<id_t>(child.pidfd.get()), &info, WEXITED) != 0 && errno == EINTR) {
    }
    // What it wrote last. Bounded: a process of its own making may go on writing.
    if (child.output) child.lines.read(child.output.get(), says(process), 1 << 20);
    child.lines.end(says(process));
    say(Kind::ended, process, "it " + nursery::how_it_ended(info));
    children_.erase(it);
  }

  const Body& body_;
  Children children_;
};

/// The job: what the daemon says first. None when it is gone.
std::optional<std::string> job(Inbox& inbox) {
  for (;;) {
    if (auto frame = inbox.next()) return std::move(frame->body);
    pollfd polled{.fd = nursery::socket_fd, .events = POLLIN, .revents = 0};
    if (poll(&polled, 1, -1) < 0) continue;
    if (inbox.receive(nursery::socket_fd) == Inbox::State::closed) return std::nullopt;
  }
}

/// A fork has only the thread that forked: the others' work would never be done in it, and their locks never opened.
void warn_of_threads() {
  std::error_code ignored;
  const std::filesystem::directory_iterator threads("/proc/self/task", ignored);
  const auto count = std::distance(begin(threads), end(threads));
  if (count > 1)
    std::cerr << "the preparation left " << count - 1
              << " threads running, which the processes made from here will lack\n";
}

}  // namespace

int run_nursery(const std::function<Body(std::string job)>& prepare) {
  struct stat status;
  if (fstat(nursery::socket_fd, &status) != 0 || !S_ISSOCK(status.st_mode)) {
    std::cerr << "this is the parent of a node's processes: a node starts it, nobody else can\n";
    return UserError::run_failed;
  }
  fcntl(nursery::socket_fd, F_SETFD, FD_CLOEXEC);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // lines come when they are written
  std::signal(SIGINT, SIG_IGN);

  Inbox inbox;
  Body body;
  const auto refuse = [](const std::string& why) {
    flush();
    nursery::send(nursery::socket_fd, Kind::failed, 0, why);
    return UserError::run_failed;
  };
  try {
    auto given = job(inbox);
    if (!given) return 0;
    body = prepare(std::move(*given));
  } catch (const std::exception& error) {
    return refuse(error.what());
  }
  flush();
  warn_of_threads();
  nursery::send(nursery::socket_fd, Kind::ready, 0);
  Parent(body).run(inbox);
  return 0;
}

}  // namespace zenops

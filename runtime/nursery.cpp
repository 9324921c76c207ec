#include "runtime/nursery.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "runtime/nursery_wire.hpp"

namespace zenops {
namespace {

using nursery::Frame;
using nursery::Inbox;
using nursery::Kind;
using Time = std::chrono::steady_clock::time_point;
using namespace std::chrono_literals;

/// How long a nursery may take to kill its processes before it is killed itself, and they with it.
constexpr auto patience = 2s;
/// How long a killed process may take to die: with much memory a while, and in a broken driver for ever.
constexpr auto dying = 20s;

/// Between fork and exec of a process that has threads: nothing but calls that a signal handler may make. Returns when
/// it fails.
void become(const char* program, char* const* arguments, int socket, int output, pid_t parent) {
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    action.sa_handler = number == SIGINT ? SIG_IGN : SIG_DFL;
    sigaction(number, &action, nullptr);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) return;
  // Out of the way first: any of them may have a number that another is to get.
  const int from = nursery::socket_fd + 1;
  socket = fcntl(socket, F_DUPFD_CLOEXEC, from);
  output = fcntl(output, F_DUPFD_CLOEXEC, from);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (socket < 0 || output < 0 || nothing < 0) return;
  const int input = fcntl(nothing, F_DUPFD_CLOEXEC, from);
  if (input < 0 || dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
      dup2(output, STDERR_FILENO) < 0 || dup2(socket, nursery::socket_fd) < 0)
    return;
  // What others opened without a thought of exec. An old kernel does not know the call: then it is inherited.
  close_range(static_cast<unsigned>(from), ~0u, CLOSE_RANGE_CLOEXEC);
  execv(program, arguments);
}

}  // namespace

class Nursery::Keeper {
 public:
  Keeper(std::vector<std::string> arguments, std::string job, Callbacks callbacks, std::string program)
      : arguments_(std::move(arguments)),
        program_(std::move(program)),
        callbacks_(std::move(callbacks)),
        wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!wake_) throw std::system_error(errno, std::generic_category(), "a nursery");
    orders_.push_back({Kind::job, 0, std::move(job)});
    // It forks the nursery and stays: the nursery dies with the thread that forked it.
    thread_ = std::thread([this] { run(); });
  }

  ~Keeper() {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake();
    thread_.join();
  }

  void order(Frame frame) {
    {
      std::lock_guard lock(mutex_);
      orders_.push_back(std::move(frame));
    }
    wake();
  }

 private:
  struct Child {
    pid_t pid = 0;
    Fd pidfd;  // none: not started yet, or no room for another open file
  };

  void wake() { eventfd_write(wake_.get(), 1); }

  void run() {
    launch();
    for (;;) {
      take_orders();
      if (stopping_ && !nursery_ && living_.empty()) return;
      write();
      listen();
      if (std::chrono::steady_clock::now() >= deadline_) lose_patience();
    }
  }

  void launch() {
    const auto refuse = [this](const std::string& what) {
      close_down("cannot start " + program_ + ": " + what);
      callbacks_.failed(*closed_);
    };
    int sockets[2], output[2], status[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) return refuse(std::strerror(errno));
    Fd ours(sockets[0]), theirs(sockets[1]);
    if (pipe2(output, O_CLOEXEC) != 0) return refuse(std::strerror(errno));
    Fd heard(output[0]), spoken(output[1]);
    if (pipe2(status, O_CLOEXEC) != 0) return refuse(std::strerror(errno));
    Fd answer(status[0]), question(status[1]);
    fcntl(heard.get(), F_SETFL, O_NONBLOCK);

    std::vector<char*> arguments;
    for (auto& argument : arguments_) arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    const pid_t parent = getpid();
    // No handler of ours may run in the child.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t pid = fork();
    if (pid == 0) {
      const int free = fcntl(question.get(), F_DUPFD_CLOEXEC, nursery::socket_fd + 1);
      become(program_.c_str(), arguments.data(), theirs.get(), spoken.get(), parent);
      const int cause = errno;
      const ssize_t ignored = ::write(free, &cause, sizeof cause);
      _exit(ignored < 0 ? 126 : 127);
    }
    const int cause = errno;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (pid < 0) return refuse(std::strerror(cause));
    question.reset();
    int failure = 0;
    ssize_t n;
    while ((n = read(answer.get(), &failure, sizeof failure)) < 0 && errno == EINTR) {
    }
    Fd pidfd(n == 0 ? pidfd_open(pid, 0) : -1);
    if (!pidfd) {
      if (n == 0) failure = errno;
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
      return refuse(std::strerror(failure));
    }
    nursery_ = std::move(pidfd);
    socket_ = std::move(ours);
    output_ = std::move(heard);
  }

  void take_orders() {
    std::deque<Frame> orders;
    bool stop;
    {
      std::lock_guard lock(mutex_);
      orders.swap(orders_);
      stop = stop_;
    }
    for (auto& order : orders) {
      if (closed_) {
        if (order.kind == Kind::start) callbacks_.ended(order.process, "it was not started: " + *closed_);
        continue;
      }
      if (order.kind == Kind::start) living_.emplace(order.process, Child{});
      out_.push_back(nursery::head(order.kind, order.process, order.body.size()));
      if (!order.body.empty()) out_.push_back(std::move(order.body));
    }
    if (!stop || stopping_) return;
    stopping_ = true;
    close_down("this node starts no more of them");
    if (!nursery_) return;
    hurry();
    if (ready_)
      shutdown(socket_.get(), SHUT_WR);  // it kills its processes, says how they ended, and ends
    else
      kill_nursery();  // it is at its preparations and hears nothing
  }

  /// Nothing is started from now on.
  void close_down(const std::string& why) {
    if (!closed_) closed_ = why;
    out_.clear();
    written_ = 0;
  }

  void kill_nursery() { pidfd_send_signal(nursery_.get(), SIGKILL, nullptr, 0); }

  void write() {
    while (!out_.empty() && socket_) {
      const auto& piece = out_.front();
      const ssize_t n =
          ::send(socket_.get(), piece.data() + written_, piece.size() - written_, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0) return;  // full, or gone: listen() sees which
      written_ += static_cast<size_t>(n);
      if (written_ < piece.size()) continue;
      out_.pop_front();
      written_ = 0;
    }
  }

  void listen() {
    const short both = POLLIN | POLLOUT;
    std::vector<pollfd> polled{{.fd = wake_.get(), .events = POLLIN, .revents = 0},
                               {.fd = output_.get(), .events = POLLIN, .revents = 0},
                               {.fd = socket_.get(), .events = out_.empty() ? short{POLLIN} : both, .revents = 0},
                               {.fd = nursery_.get(), .events = POLLIN, .revents = 0}};
    std::vector<uint64_t> dying_numbers;
    if (!nursery_) {
      for (const auto& [process, child] : living_) {
        dying_numbers.push_back(process);
        polled.push_back({.fd = child.pidfd.get(), .events = POLLIN, .revents = 0});
      }
    }
    if (poll(polled.data(), polled.size(), milliseconds_left()) < 0) return;
    eventfd_t ignored;
    if (polled[0].revents) eventfd_read(wake_.get(), &ignored);
    if (polled[1].revents) hear();
    if (polled[2].revents) receive();
    if (polled[3].revents) nursery_gone();
    for (size_t i = 0; i < dying_numbers.size(); ++i)
      if (polled[4 + i].revents) orphan_gone(dying_numbers[i]);
  }

  int milliseconds_left() const {
    if (deadline_ == Time::max()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
    return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
  }

  void hear() {
    const bool open = lines_.read(output_.get(), [this](const std::string& line) { callbacks_.said(0, line); });
    if (!open) output_.reset();
  }

  void receive() {
    const auto state = inbox_.receive(socket_.get());
    while (auto frame = inbox_.next()) obey(*frame);
    if (state == Inbox::State::open) return;
    socket_.reset();
    // Its end is near when it has closed the socket by ending, and must be made near when it has not.
    if (nursery_) hurry();
  }

  void hurry() { deadline_ = std::min(deadline_, std::chrono::steady_clock::now() + patience); }

  void obey(const Frame& frame) {
    const auto child = living_.find(frame.process);
    switch (frame.kind) {
      case Kind::ready:
        ready_ = true;
        return;
      case Kind::failed:
        fail(frame.body);
        hurry();
        return;
      case Kind::started: {
        Fd pidfd = inbox_.take_fd();
        if (child == living_.end()) return;
        child->second = {static_cast<pid_t>(std::stol(frame.body)), std::move(pidfd)};
        callbacks_.started(frame.process, child->second.pid);
        return;
      }
      case Kind::said:
        callbacks_.said(frame.process, frame.body);
        return;
      case Kind::ended:
        if (child == living_.end()) return;
        living_.erase(child);
        callbacks_.ended(frame.process, frame.body);
        return;
      default:
        return;
    }
  }

  void fail(const std::string& why) {
    const bool first = !closed_;
    close_down(why);
    if (first) callbacks_.failed(why);
  }

  void nursery_gone() {
    siginfo_t info{};
    const bool known = waitid(P_PIDFD, static_cast<id_t>(nursery_.get()), &info, WEXITED | WNOHANG) == 0;
    const std::string how = known ? nursery::how_it_ended(info) : "ended, and somebody else was told how";
    if (socket_) receive();  // what it said last
    socket_.reset();
    if (output_) hear();
    lines_.end([this](const std::string& line) { callbacks_.said(0, line); });
    output_.reset();
    nursery_.reset();
    fail("their parent " + how);
    orphans_cause_ = "its parent " + how;
    // The kernel has killed them with it. Again here, for one that has taken another identity and with it lost that.
    std::vector<uint64_t> unwatched;
    for (auto& [process, child] : living_) {
      if (child.pidfd)
        pidfd_send_signal(child.pidfd.get(), SIGKILL, nullptr, 0);
      else
        unwatched.push_back(process);
    }
    for (const uint64_t process : unwatched)
      end(process, living_.at(process).pid ? orphans_cause_ : "it was not started: " + *closed_);
    deadline_ = living_.empty() ? Time::max() : std::chrono::steady_clock::now() + dying;
  }

  void orphan_gone(uint64_t process) {
    const auto child = living_.find(process);
    // Ours to bury only where this process takes in orphans.
    siginfo_t info;
    waitid(P_PIDFD, static_cast<id_t>(child->second.pidfd.get()), &info, WEXITED | WNOHANG);
    end(process, orphans_cause_);
    if (living_.empty()) deadline_ = Time::max();
  }

  void end(uint64_t process, const std::string& cause) {
    living_.erase(process);
    callbacks_.ended(process, cause);
  }

  void lose_patience() {
    deadline_ = Time::max();
    if (nursery_) return kill_nursery();
    while (!living_.empty()) end(living_.begin()->first, orphans_cause_ + ", and it was killed but does not die");
  }

  std::vector<std::string> arguments_;
  const std::string program_;
  const Callbacks callbacks_;
  const Fd wake_;

  std::mutex mutex_;
  std::deque<Frame> orders_;
  bool stop_ = false;

  // Of the thread:
  Fd nursery_, socket_, output_;  // its pidfd; our end; what it prints
  Inbox inbox_;
  nursery::Lines lines_;
  std::deque<std::string> out_;
  size_t written_ = 0;  // of out_'s first
  bool ready_ = false, stopping_ = false;
  std::optional<std::string> closed_;  // why nothing is started any more
  std::map<uint64_t, Child> living_;
  std::string orphans_cause_;
  Time deadline_ = Time::max();

  std::thread thread_;
};

Nursery::Nursery(std::vector<std::string> arguments, std::string job, Callbacks callbacks, std::string program)
    : keeper_(
          std::make_unique<Keeper>(std::move(arguments), std::move(job), std::move(callbacks), std::move(program))) {}

Nursery::~Nursery() = default;

void Nursery::start(uint64_t process, std::string what) {
  assert(process != 0);
  keeper_->order({Kind::start, process, std::move(what)});
}

void Nursery::signal(uint64_t process, int number) { keeper_->order({Kind::signal, process, std::to_string(number)}); }

}  // namespace zenops

#include "runtime/nursery_wire.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace zenops::nursery {
namespace {

constexpr size_t longest_line = 4096;

struct Head {
  Kind kind;
  uint64_t process, size;
};

}  // namespace

std::string head(Kind kind, uint64_t process, size_t size) {
  const Head head{kind, process, size};
  return {reinterpret_cast<const char*>(&head), sizeof head};
}

bool send(int socket, Kind kind, uint64_t process, std::string_view body, int fd) {
  std::string bytes = head(kind, process, body.size());
  bytes += body;
  for (size_t at = 0; at < bytes.size();) {
    iovec piece{bytes.data() + at, bytes.size() - at};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
    if (fd >= 0 && at == 0) {
      message.msg_control = control;
      message.msg_controllen = sizeof control;
      cmsghdr* const header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
    }
    const ssize_t n = sendmsg(socket, &message, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    at += static_cast<size_t>(n);
  }
  return true;
}

Inbox::State Inbox::receive(int socket) {
  constexpr size_t step = 1 << 16;
  for (int times = 0; times < 16; ++times) {  // others want to be heard too
    const size_t had = bytes_.size();
    bytes_.resize(had + step);
    iovec piece{bytes_.data() + had, step};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t n = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    const int cause = errno;
    bytes_.resize(had + static_cast<size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0 && cause == EINTR) continue;
    if (n < 0) return cause == EAGAIN ? State::open : State::closed;
    if (n == 0) return State::closed;
    // The kernel hands out file descriptors no later than the first byte they were sent with, one sendmsg's at a time.
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
      if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
      int fd;
      std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
      fds_.emplace_back(fd);
    }
    // No room in the table of files: its place in the row is kept.
    if (message.msg_flags & MSG_CTRUNC) fds_.emplace_back();
  }
  return State::open;
}

std::optional<Frame> Inbox::next() {
  Head head;
  if (bytes_.size() - at_ < sizeof head) return std::nullopt;
  std::memcpy(&head, bytes_.data() + at_, sizeof head);
  if (bytes_.size() - at_ - sizeof head < head.size) return std::nullopt;
  Frame frame{head.kind, head.process, bytes_.substr(at_ + sizeof head, head.size)};
  at_ += sizeof head + head.size;
  if (at_ == bytes_.size()) {
    std::string().swap(bytes_);  // a job's bytes are not kept
    at_ = 0;
  } else if (at_ > bytes_.size() / 2) {
    bytes_.erase(0, at_);
    at_ = 0;
  }
  return frame;
}

Fd Inbox::take_fd() {
  if (fds_.empty()) return {};
  Fd fd = std::move(fds_.front());
  fds_.pop_front();
  return fd;
}

void Lines::add(std::string_view bytes, const Each& each) {
  while (!bytes.empty()) {
    const size_t found = bytes.find('\n');
    size_t length = found == bytes.npos ? bytes.size() : found;
    const bool cut = line_.size() + length > longest_line;
    if (cut) length = longest_line - line_.size();
    line_ += bytes.substr(0, length);
    bytes.remove_prefix(length);
    if (cut || found != bytes.npos) {
      each(line_);
      line_.clear();
      if (!cut) bytes.remove_prefix(1);
    }
  }
}

void Lines::end(const Each& each) {
  if (!line_.empty()) each(line_);
  line_.clear();
}

bool Lines::read(int fd, const Each& each, size_t most) {
  char bytes[1 << 14];
  while (most > 0) {
    const ssize_t n = ::read(fd, bytes, std::min(most, sizeof bytes));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno == EAGAIN;
    if (n == 0) return false;
    add({bytes, static_cast<size_t>(n)}, each);
    most -= static_cast<size_t>(n);
  }
  return true;
}

std::string how_it_ended(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return "ended with exit code " + std::to_string(info.si_status);
  const char* const name = sigdescr_np(info.si_status);
  return "was killed by signal " + std::to_string(info.si_status) + (name ? " (" + std::string(name) + ")" : "");
}

}  // namespace zenops::nursery

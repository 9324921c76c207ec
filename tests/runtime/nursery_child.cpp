// The program of the nurseries that nursery_test.cpp opens: its processes do what they are told.
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "base/expected.hpp"
#include "runtime/nursery.hpp"

namespace {

int wait_for_ever() {
  for (;;) pause();
}

int obey(const std::string& job, const std::string& what) {
  std::istringstream in(what);
  std::string verb;
  in >> verb;
  if (verb == "exit") {
    int code;
    in >> code;
    return code;
  }
  if (verb == "say") {
    std::cout << what.substr(4) << std::flush;
    return 0;
  }
  if (verb == "complain") {
    std::cerr << what.substr(9) << '\n';
    return wait_for_ever();
  }
  if (verb == "raise") {
    int number;
    in >> number;
    raise(number);
    return 0;
  }
  if (verb == "long") {
    std::cout << std::string(5000, 'x') << '\n' << std::string(4096, 'y') << '\n';
    return 0;
  }
  if (verb == "flood") {
    for (int i = 0; i < 20000; ++i) std::cout << i << '\n';
    return 0;
  }
  if (verb == "job") {
    std::cout << job.size() << ' ' << std::accumulate(job.begin(), job.end(), uint64_t{0}) << '\n';
    return 0;
  }
  if (verb == "input") {
    char byte;
    return static_cast<int>(read(STDIN_FILENO, &byte, 1));
  }
  if (verb == "files") {  // what is open, but for the folder that is read
    for (const auto& file : std::filesystem::directory_iterator("/proc/self/fd"))
      if (!read_symlink(file).string().starts_with("/proc/")) std::cout << file.path().filename().string() << ' ';
    return 0;
  }
  if (verb == "blocked") {
    sigset_t blocked;
    sigprocmask(SIG_SETMASK, nullptr, &blocked);
    return sigisemptyset(&blocked) ? 0 : 1;
  }
  if (verb == "throw") throw std::runtime_error("no such luck");
  if (verb == "refuse") throw zenops::UserError(zenops::UserError::bad_data, "not this data");
  if (verb == "outlive") {  // leaves behind a process of its own that holds its output open
    if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, 0);
      sleep(5);
      _exit(0);
    }
    std::cout << "done" << std::flush;
    return 0;
  }
  return wait_for_ever();
}

std::function<int(std::string)> prepare(const std::string& job) {
  std::cerr << "preparing\n";
  if (job == "throw") throw std::runtime_error("there is no such data");
  if (job == "sleep") wait_for_ever();
  if (job == "hang up") {
    close(3);
    wait_for_ever();
  }
  if (job == "thread") std::thread([] { wait_for_ever(); }).detach();
  return [job](const std::string& what) { return obey(job, what); };
}

/// A daemon that says who its process is, and waits to be killed.
int be_daemon() {
  zenops::Nursery nursery({"nursery"}, "", {.started = [](auto, pid_t pid) { std::cout << pid << std::endl; }});
  nursery.start(1, "wait");
  return wait_for_ever();
}

}  // namespace

int main(int argc, char** argv) {
  return argc > 1 && std::string(argv[1]) == "daemon" ? be_daemon() : zenops::run_nursery(prepare);
}

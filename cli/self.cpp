#include "cli/self.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "cli/output_file.hpp"

namespace zenops {

Self::Self(const std::vector<std::string>& arguments, const std::filesystem::path& log)
    : output_(open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
  if (output_ < 0) cannot_write(log, errno);
  input_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
  words_.insert(words_.end(), arguments.begin(), arguments.end());
  for (auto& word : words_) argv_.push_back(word.data());
  argv_.push_back(nullptr);
}

Self::~Self() {
  close(input_);
  close(output_);
}

void Self::become() {
  dup2(input_, STDIN_FILENO);
  dup2(output_, STDOUT_FILENO);
  dup2(output_, STDERR_FILENO);
  execv("/proc/self/exe", argv_.data());
  _exit(127);
}

}  // namespace zenops

#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace zenops {

/// This program once more, with other arguments: what is to be ready before the fork of a process with threads. Standard input is
/// /dev/null then, output and error go to a file.
class Self {
 public:
  /// Throws UserError (cannot_write) when `log` cannot be written.
  Self(const std::vector<std::string>& arguments, const std::filesystem::path& log);
  ~Self();
  Self(const Self&) = delete;
  /// In the child: system calls only.
  [[noreturn]] void become();

 private:
  std::vector<std::string> words_{"zenops-cli"};
  std::vector<char*> argv_;
  int input_, output_;
};

}  // namespace zenops

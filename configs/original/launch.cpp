#include <algorithm>

#include "configs/original/hostfile.hpp"
#include "configs/original/job.hpp"
#include "configs/original/words.hpp"

namespace zenops::original {
namespace {

uint32_t size(const std::vector<Host>& hosts) { return static_cast<uint32_t>(hosts.size()); }

class Launch {
 public:
  Launch(const CommandLine& launcher, Assignments environment, Problems& problems) : launcher_(launcher), problems_(problems) {
    saying_.launched = true;
    saying_.environment = std::move(environment);
  }

  Saying read() {
    if (const std::string* mode = launcher_.value("--sync-mode")) saying_.servers_mode = *mode;
    read_environment();
    if (launcher_.script == Script::ssh_launcher)
      count_by_files();
    else
      count_by_numbers();
    for (const auto& [flag, speaker] : {std::pair("--worker-command", "worker's line"), {"--validator-command", "validator's line"}})
      read_line(flag, speaker, true);
    read_line("--server-command", "server's line", false);
    return std::move(saying_);
  }

 private:
  void complain(const std::string& sentence) { problems_.add({.source = launcher_.speaker}, sentence); }

  void read_environment() {
    for (const auto& [name, value] : launcher_.variables) saying_.environment.emplace_back(name, value);
    CommandLine words;
    words.speaker = launcher_.speaker;
    for (const std::string& assignment : launcher_.values("--env")) {
      const size_t colon = assignment.find(':');
      if (colon == 0 || colon == assignment.npos)
        complain("--env: found \"" + legible(assignment) + "\", expected KEY:VALUE");
      else
        words.variables.emplace_back(assignment.substr(0, colon), assignment.substr(colon + 1));
    }
    // A line of nobody's: what it says before nothing is said to all.
    words.flags = launcher_.flags;
    saying_.lines.push_back(std::move(words));
  }

  std::optional<std::vector<Host>> hosts(const std::string& flag, HostForm form) {
    const std::string* file = launcher_.value(flag);
    if (file) return read_hostfile(*file, form, problems_);
    complain(flag + ": missing, expected the file that has a line for each process");
    return std::nullopt;
  }

  void count_by_files() {
    const std::pair<const char*, std::vector<Claim>*> roles[] = {{"--worker-hostfile", &saying_.workers},
                                                                 {"--validator-hostfile", &saying_.validators},
                                                                 {"--server-hostfile", &saying_.servers}};
    for (const auto& [flag, claims] : roles)
      if (const auto found = hosts(flag, HostForm::ssh)) claims->push_back({size(*found), *launcher_.value(flag)});
  }

  void count_by_numbers() {
    const std::pair<const char*, std::vector<Claim>*> roles[] = {
        {"--num-workers", &saying_.workers}, {"--num-validators", &saying_.validators}, {"--num-servers", &saying_.servers}};
    bool complete = true;
    std::string sum;
    uint32_t lines = 0;
    const bool colocated = launcher_.value("--server-validator-colocated") != nullptr;
    for (const auto& [flag, claims] : roles) {
      const std::string* value = launcher_.value(flag);
      if (!value) {
        complain(std::string(flag) + ": missing, expected how many there are");
        complete = false;
        continue;
      }
      const auto count = static_cast<uint32_t>(std::stoul(*value));
      claims->push_back({count, flag});
      if (claims == &saying_.servers && colocated) continue;
      lines += count;
      sum += (sum.empty() ? "" : " + ") + *value;
    }
    const auto found = hosts("--hostfile", HostForm::mpi);
    if (complete && found && !found->empty() && size(*found) != lines)
      complain(*launcher_.value("--hostfile") + ": found " + std::to_string(found->size()) + " lines, expected " + sum + " = " +
               std::to_string(lines) + ": workers, then validators" + (colocated ? ", whose hosts have the servers" : ", then servers"));
  }

  void read_line(const std::string& flag, const std::string& speaker, bool needed) {
    const std::string* command = launcher_.value(flag);
    if (!command) {
      if (needed) complain(flag + ": missing, expected the " + speaker);
      return;
    }
    const auto words = split_words(*command);
    if (!words) return complain(flag + ": found a quote without an end");
    CommandLine line = read_command(*words, problems_);
    const bool fits = needed ? line.speaker == speaker : line.script == Script::none;
    if (!fits && line.speaker != "command")
      return complain(flag + ": found a " + line.speaker + ", expected a " + speaker);
    saying_.lines.push_back(std::move(line));
  }

  const CommandLine& launcher_;
  Problems& problems_;
  Saying saying_;
};

}  // namespace

Saying launched(const CommandLine& launcher, Assignments environment, Problems& problems) {
  return Launch(launcher, std::move(environment), problems).read();
}

}  // namespace zenops::original

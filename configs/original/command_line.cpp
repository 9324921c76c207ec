#include "configs/original/command_line.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/nearest.hpp"
#include "configs/original/words.hpp"

namespace zenops::original {
namespace {

struct ScriptName {
  std::string name;
  Script script;
  std::string speaker;
};
const std::vector<ScriptName> script_names{
    {"train_cifar10_zeno_worker.py", Script::worker, "worker's line"},
    {"train_cifar10_byteps_zeno_worker.py", Script::worker, "worker's line"},
    {"train_cifar10_zeno_validator.py", Script::validator, "validator's line"},
    {"train_cifar10_byteps_zeno_validator.py", Script::validator, "validator's line"},
    {"train_cifar10_byteps.py", Script::byteps, "byteps's line"},
    {"test_zenops_worker.py", Script::plumbing_worker, "worker's line"},
    {"test_zenops_validator.py", Script::plumbing_validator, "validator's line"},
    {"dist_launcher_zeno.py", Script::ssh_launcher, "launcher's line"},
    {"dist_launcher_zeno_mpi.py", Script::mpi_launcher, "launcher's line"},
    {"configfile_zeno_intel_mpi.py", Script::intel_launcher, "launcher's line"},
};

const std::string wrapper = "launch.py";
const std::string alone = "train_cifar10_serveronly.py";

/// The programs whose flags the script may be given. A training script is given those of both: one line may stand for all roles.
unsigned programs_of(Script script) {
  switch (script) {
    case Script::worker:
    case Script::validator:
    case Script::byteps:
      return scripts;
    case Script::ssh_launcher:
      return ssh_launcher;
    case Script::mpi_launcher:
      return mpi_launcher;
    case Script::intel_launcher:
      return intel_launcher;
    case Script::none:
    case Script::plumbing_worker:
    case Script::plumbing_validator:
      return 0;
  }
  return 0;
}

bool assigns(const std::string& word) {
  const size_t equals = word.find('=');
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
  return equals != word.npos && equals > 0 && word.find_first_not_of(letters) == equals;
}

std::string base_of(const std::string& word) { return std::filesystem::path(word).filename().string(); }

auto read_text(const Shape& shape, const std::string& text) {
  Node node;
  node.kind = Node::Kind::scalar;
  node.text = text;
  return read_value(shape, node);
}

std::string value_sentence(const Shape& shape, const std::string& value) {
  const auto read = read_text(shape, value);
  return read ? "" : read.error();
}

/// From words to a CommandLine.
class Reader {
 public:
  Reader(const std::vector<std::string>& words, Problems& problems) : words_(words), problems_(problems) {}

  CommandLine read() {
    line_.text = join_words(words_);
    line_.speaker = "command";
    read_program();
    while (at_ < words_.size()) read_flag();
    return std::move(line_);
  }

 private:
  void complain(const std::string& sentence) { problems_.add({.source = line_.speaker}, sentence); }

  void read_program() {
    bool wrapped = false;
    for (; at_ < words_.size(); ++at_) {
      const std::string& word = words_[at_];
      const std::string base = base_of(word);
      if (!wrapped && assigns(word)) {
        line_.variables.emplace_back(word.substr(0, word.find('=')), word.substr(word.find('=') + 1));
      } else if (base == wrapper || base == "bpslaunch") {
        wrapped = true;
      } else if (base != "python" && !base.starts_with("python3") && base != "env") {
        ++at_;
        return choose(base);
      }
    }
    if (!wrapped) complain("found no script, expected one like " + script_names[0].name);
    line_.speaker = "server's line";
  }

  void choose(const std::string& base) {
    const auto found = std::ranges::find(script_names, base, &ScriptName::name);
    if (found != script_names.end()) {
      line_.script = found->script;
      line_.speaker = found->speaker;
      return;
    }
    at_ = words_.size();
    if (base == alone)
      return complain("found " + alone + ", which trains one process on one part of the data: nobody pushes anything, and there is no such run here");
    std::vector<std::string> names;
    for (const auto& script : script_names) names.push_back(script.name);
    const auto near = nearest(base, names);
    complain("found \"" + legible(base) + "\", expected a script of Zeno-PS's" +
             (near ? "; did you mean \"" + *near + "\"?" : ", like " + script_names[0].name));
  }

  void read_flag() {
    std::string word = words_[at_++];
    std::optional<std::string> value;
    if (const size_t equals = word.find('='); word.starts_with("--") && equals != word.npos) {
      value = word.substr(equals + 1);
      word.resize(equals);
    }
    const Flag* flag = find(word);
    if (flag == nullptr && word.starts_with("-") && !word.starts_with("--") && word.size() > 2) {  // -j2
      flag = find(word.substr(0, 2));
      if (flag) value = word.substr(2);
    }
    if (flag == nullptr) return unknown(word);
    if (flag->takes == Flag::Takes::nothing) return line_.flags.push_back({flag, ""});
    if (!value) {
      if (at_ == words_.size()) return complain(flag->name + ": found no value, expected one like " + flag->example);
      value = words_[at_++];
    }
    const std::string wrong = objection(*flag, *value);
    if (!wrong.empty()) return complain(flag->name + ": " + wrong);
    line_.flags.push_back({flag, *value});
  }

  const Flag* find(const std::string& word) const {
    for (const Flag& flag : flags())
      if ((flag.programs & programs_of(line_.script)) && (flag.name == word || (!flag.letter.empty() && flag.letter == word)))
        return &flag;
    return nullptr;
  }

  void unknown(const std::string& word) {
    std::vector<std::string> names;
    for (const Flag& flag : flags())
      if (flag.programs & programs_of(line_.script)) names.push_back(flag.name);
    if (names.empty()) return complain("found \"" + legible(word) + "\", expected nothing: the script has no flags");
    const auto near = nearest(word, names);
    complain(legible(word) + ": unknown flag" +
             (near ? "; did you mean \"" + *near + "\"?" : "; docs/zeno-ps.md lists those there are"));
    // Its value, most likely.
    if (word.starts_with("-") && at_ < words_.size() && !words_[at_].starts_with("-")) ++at_;
  }

  const std::vector<std::string>& words_;
  Problems& problems_;
  size_t at_ = 0;
  CommandLine line_;
};

}  // namespace

bool launches(Script script) {
  return script == Script::ssh_launcher || script == Script::mpi_launcher || script == Script::intel_launcher;
}

const std::string* CommandLine::value(std::string_view flag) const {
  const std::string* result = nullptr;
  for (const Given& given : flags)
    if (given.flag->name == flag) result = &given.value;
  return result;
}

std::vector<std::string> CommandLine::values(std::string_view flag) const {
  std::vector<std::string> result;
  for (const Given& given : flags)
    if (given.flag->name == flag) result.push_back(given.value);
  return result;
}

CommandLine read_command(const std::vector<std::string>& words, Problems& problems) { return Reader(words, problems).read(); }

std::string objection(const Flag& flag, const std::string& value) {
  if (flag.takes == Flag::Takes::epochs) {
    const auto epochs = epochs_of(value);
    if (!epochs.empty() && std::ranges::is_sorted(epochs, std::less_equal<>()) && epochs[0] > 0) return "";
    return "found \"" + legible(value) + "\", expected epochs in ascending order, like 100,150";
  }
  const std::string wrong = value_sentence(flag.shape, value);
  return wrong.empty() || flag.because.empty() ? wrong : wrong + ": " + flag.because;
}

std::string objection(const Variable& variable, const std::string& value) {
  return variable.key.empty() ? "" : value_sentence(variable.shape, value);
}

const Flag& flag_named(std::string_view name) { return *std::ranges::find(flags(), name, &Flag::name); }

std::vector<uint32_t> epochs_of(const std::string& text) {
  std::vector<uint32_t> result;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string item = text.substr(begin, end - begin);
    const auto epoch = read_text({.kind = Shape::Kind::integer, .min = 1, .max = UINT32_MAX}, item);
    if (!epoch) return {};
    result.push_back(static_cast<uint32_t>(std::get<uint64_t>(*epoch)));
    begin = end + 1;
  }
  return result;
}

}  // namespace zenops::original

// Commands about the shell itself.
#include <algorithm>
#include <filesystem>

#include "base/input_file.hpp"
#include "cli/repl/completion.hpp"
#include "cli/table.hpp"
#include "base/nearest.hpp"

namespace zenops::repl {
namespace {

void help(Session& session, Arguments& arguments) {
  if (!arguments.more()) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& command : session.commands()) rows.push_back({command.name, command.sentence});
    session.out() << table(rows)
                  << "\nhelp COMMAND says more. Commands are parted by ; and ends of lines, # begins a comment.\n";
    return;
  }
  const Word& word = arguments.take("a command");
  arguments.end();
  const auto found = std::ranges::find(session.commands(), word.text, &ShellCommand::name);
  if (found == session.commands().end()) {
    Words names;
    for (const auto& command : session.commands()) names.push_back(command.name);
    const auto near = nearest(word.text, names);
    arguments.refuse(word, "unknown command \"" + word.text + "\"" + (near ? "; did you mean \"" + *near + "\"?" : ""));
  }
  session.out() << found->name << ": " << found->sentence << "\n"
                << (found->more.empty() ? "" : found->more + "\n") << "  usage:   " << found->usage
                << "\n  example: " << found->example << "\n";
}

void record(Session& session, Arguments& arguments) {
  const Word& file = arguments.take("a file");
  const bool from_now = arguments.take_if("now");
  arguments.end();
  session.recording().write_to(file.text, from_now);
}

void source(Session& session, Arguments& arguments) {
  const Word& file = arguments.take("a file");
  arguments.end();
  session.run(Script::parse(read_script(file.text), file.text));
}

void quit(Session& session, Arguments& arguments) {
  arguments.end();
  session.quit();
}

/// Files whose names begin as the word does are not known here: the folder's own are offered.
Words of_file(Session&, const Words& before) {
  Words names;
  if (before.size() != 1) return names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(".", error))
    names.push_back(entry.path().filename().string());
  return names;
}

Words of_help(Session& session, const Words& before) {
  Words names;
  if (before.size() == 1)
    for (const auto& command : session.commands()) names.push_back(command.name);
  return names;
}

}  // namespace

std::vector<ShellCommand> shell_commands() {
  return {
      {.name = "record",
       .usage = "record FILE [now]",
       .sentence =
           "writes what this shell has said, so far too unless `now`, as a script that makes the same run again",
       .example = "record session.zen",
       .more = "Orders stand after the round from which they counted (until N), however they came to be said. What "
               "only looks is\n"
               "not recorded, nor is what other shells say.",
       .act = record,
       .complete = of_file},
      {.name = "source",
       .usage = "source FILE",
       .sentence = "does what a script says",
       .example = "source session.zen",
       .act = source,
       .complete = of_file},
      {.name = "help",
       .usage = "help [COMMAND]",
       .sentence = "this list, or more about a command",
       .example = "help attack",
       .act = help,
       .complete = of_help},
      {.name = "quit",
       .usage = "quit",
       .sentence = "leaves; a run of this shell's own ends after its round, with its weights saved",
       .example = "quit",
       .act = quit},
  };
}

}  // namespace zenops::repl

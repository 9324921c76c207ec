// Commands that break something for a while.
#include "cli/repl/completion.hpp"
#include "cli/repl/each.hpp"
#include "runtime/wire/runtime.capnp.h"

namespace zenops::repl {

std::vector<ShellCommand> fault_commands() {
  const auto each = [](auto message) {
    return [message](Session& session, Arguments& arguments) {
      for_each_of(session, arguments, [&](const std::string& name) { session.ask(name, message()); });
    };
  };
  const auto partition = [](Session& session, Arguments& arguments) {
    std::vector<std::string> sides[2];
    int side = 0;
    while (arguments.more()) {
      const Word& word = arguments.take("a name");
      if (word.text == "|") {
        if (side == 1) arguments.refuse(word, "there are two sides, and one | between them");
        side = 1;
        continue;
      }
      std::string name = word.text;
      if (name.ends_with("/*")) name.pop_back();  // as wire::Sever has it
      if (name.find('*') != std::string::npos)
        arguments.refuse(word, "expected a name or worker/*, found \"" + word.text + "\"");
      sides[side].push_back(name);
    }
    for (const auto& names : sides)
      if (names.empty()) arguments.refuse(arguments.statement().words.front(), "expected names on both sides of a |");
    const auto here = session.here();
    session.ask("head", Envelope::of<wire::Sever>([&](wire::Sever::Builder out) {
                  auto one = out.initOne(static_cast<unsigned>(sides[0].size())),
                       other = out.initOther(static_cast<unsigned>(sides[1].size()));
                  for (unsigned k = 0; k < one.size(); ++k) one.set(k, sides[0][k]);
                  for (unsigned k = 0; k < other.size(); ++k) other.set(k, sides[1][k]);
                }));
    session.record(here, arguments.statement().text);
  };
  const auto heal = [](Session& session, Arguments& arguments) {
    arguments.end();
    const auto here = session.here();
    session.ask("head", Envelope::of<wire::Heal>());
    session.record(here, arguments.statement().text);
  };
  const auto all_names = [](Session& session, const Words&) {
    Words names = actor_names(session);
    names.insert(names.end(), {"|", "worker/*"});
    return names;
  };
  return {
      {.name = "freeze",
       .usage = "freeze NAME|worker/*",
       .sentence = "an actor lives on and says nothing, until thaw",
       .example = "freeze worker/3",
       .act = each([] { return Envelope::of<wire::Freeze>(); }),
       .complete = complete_actor},
      {.name = "thaw",
       .usage = "thaw NAME|worker/*",
       .sentence = "a frozen actor goes on with what it was told meanwhile",
       .example = "thaw worker/3",
       .act = each([] { return Envelope::of<wire::Thaw>(); }),
       .complete = complete_actor},
      {.name = "partition",
       .usage = "partition NAME … | NAME …",
       .sentence = "what those of one side say to those of the other is lost, both ways, until heal",
       .example = "partition worker/0 worker/1 | shard/*",
       .act = partition,
       .complete = all_names},
      {.name = "heal", .usage = "heal", .sentence = "all partitions end", .example = "heal", .act = heal},
  };
}

}  // namespace zenops::repl

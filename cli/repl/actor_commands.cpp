// Commands that speak to any actors, and to the head about them.
#include <algorithm>
#include <thread>

#include "cli/cluster_report.hpp"
#include "cli/repl/completion.hpp"
#include "cli/repl/each.hpp"
#include "cli/report.hpp"
#include "runtime/description.hpp"
#include "runtime/wire/runtime.capnp.h"

namespace zenops::repl {
namespace {

using namespace std::chrono_literals;

void ls(Session& session, Arguments& arguments) {
  const std::string pattern = arguments.more() ? arguments.take("a name").text : "*";
  arguments.end();
  const auto report = session.report();
  auto actors = in_order(report->getActors());
  std::erase_if(actors, [&](const auto& actor) { return !means(pattern, actor.getName()); });
  if (actors.empty() && pattern != "*") throw UserError(UserError::run_failed, "nobody is called " + pattern);
  if (!arguments.json()) {
    session.out() << actors_table(actors);
    return;
  }
  for (const auto& actor : actors) session.out() << line(to_json(actor)) << "\n";
}

void nodes(Session& session, Arguments& arguments) {
  arguments.end();
  const auto report = session.report();
  if (!arguments.json()) {
    session.out() << nodes_table(report->getNodes());
    return;
  }
  for (const auto node : report->getNodes()) session.out() << line(to_json(node)) << "\n";
}

void spawn(Session& session, Arguments& arguments) {
  SpawnOrder order{.type = arguments.take("a type").text,
                   .name = arguments.take("a name").text,
                   .on = {},
                   .near = {},
                   .restarts = {}};
  while (arguments.more()) {
    const bool placed = !order.on.empty() || !order.near.empty() || order.spread;
    const Word& word = arguments.peek();
    if (placed && (word.text == "on" || word.text == "near" || word.text == "spread"))
      arguments.refuse(word, "a place is given already, before \"" + word.text + "\"");
    if (arguments.take_if("on"))
      order.on = arguments.take("a node").text;
    else if (arguments.take_if("near"))
      order.near = arguments.take("an actor").text;
    else if (arguments.take_if("spread"))
      order.spread = true;
    else if (arguments.take_if("restart"))
      order.restarts = arguments.take_count("how often it is started again");
    else
      arguments.refuse(word, "expected on, near, spread or restart, found \"" + word.text + "\"");
  }
  const auto here = session.here();
  if (const auto done = session.connection().spawn(order); !done)
    throw UserError(UserError::run_failed, done.error().what);
  session.record(here, arguments.statement().text);
  session.out() << order.name << " is started\n";
}

/// NAME Message (fields), to the end of the statement.
struct Spoken {
  std::string pattern, message, text;
  explicit Spoken(Arguments& arguments)
      : pattern(arguments.take("an actor's name").text), message(arguments.take("a message, like Inquire").text) {
    if (arguments.more()) {
      const Word& word = arguments.take("fields");
      if (!word.text.starts_with('('))
        arguments.refuse(word, "expected fields in parentheses, like (by = 3), found \"" + word.text + "\"");
      text = word.text;
    }
    arguments.end();
  }
  Envelope to(const ActorDescription& actor) const {
    auto envelope = message_of_text(actor, message, text);
    if (!envelope) throw UserError(UserError::run_failed, envelope.error().what);
    return std::move(*envelope);
  }
};

void ask(Session& session, Arguments& arguments) {
  const Spoken spoken(arguments);
  const auto names = session.names(spoken.pattern);
  const auto here = session.here();
  std::optional<uint32_t> round;  // from which it counts, of an order
  for (const auto& name : names) {
    const ActorDescription actor = session.describe(name);
    const Envelope answer = session.ask(name, spoken.to(actor));
    const auto order = Answer<wire::Ordered>::of(answer, name);
    if (order) round = (*order)->getRound();
    const std::string text = text_of_message(actor, answer);
    if (arguments.json())
      session.out() << line({{"actor", name}, {"answer", text}}) << "\n";
    else
      session.out() << (names.size() > 1 ? name + ": " : "") << text << "\n";
  }
  round ? session.recording().order(*round, arguments.statement().text) : session.record(here, arguments.statement().text);
}

void tell(Session& session, Arguments& arguments) {
  const Spoken spoken(arguments);
  const auto names = session.names(spoken.pattern);
  const auto here = session.here();
  for (const auto& name : names) session.tell(name, spoken.to(session.describe(name)));
  session.record(here, arguments.statement().text);
}

void watch(Session& session, Arguments& arguments) {
  const std::string pattern = arguments.take("an actor's name, or worker/*").text;
  std::optional<Clock::Duration> time;
  if (arguments.take_if("for")) {
    const Word& word = arguments.take("a time, like 5s");
    const auto seconds = word.text.ends_with('s') ? to_number(word.text.substr(0, word.text.size() - 1)) : std::nullopt;
    if (!seconds || *seconds < 0 || *seconds > 86400)
      arguments.refuse(word, "expected a time of at most a day, like 5s, found \"" + word.text + "\"");
    time = std::chrono::duration_cast<Clock::Duration>(std::chrono::duration<double>(*seconds));
  }
  arguments.end();
  session.watch(pattern);
  if (!time && !session.options().interactive) return;  // until the next command is done
  const auto never = [] {
    std::this_thread::sleep_for(20ms);
    return false;
  };
  struct Unwatch {
    Session& session;
    ~Unwatch() { session.unwatch(); }
  } unwatch{session};
  while (!session.wait(never, time.value_or(Session::patiently)) && !time) {
  }
}

Json to_json(const ActorDescription& actor) {
  Json messages = Json::array();
  for (const auto& message : actor.messages)
    messages.push_back(
        {{"name", message.name}, {"fields", message.fields}, {"answer", message.answer}, {"from", message.from}});
  return {{"name", actor.who.name},   {"incarnation", actor.who.incarnation},
          {"state", actor.state},     {"frozen", actor.frozen},
          {"handled", actor.handled}, {"messages", messages}};
}

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const auto& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out;
}

void inspect(Session& session, Arguments& arguments) {
  const std::string pattern = arguments.take("an actor's name").text;
  arguments.end();
  for (const auto& name : session.names(pattern)) {
    const ActorDescription actor = session.describe(name);
    if (arguments.json()) {
      session.out() << line(to_json(actor)) << "\n";
      continue;
    }
    session.out() << to_string(actor.who) << (actor.frozen ? ", frozen" : "") << ", messages handled: " << actor.handled << "\n";
    if (!actor.state.empty()) session.out() << actor.state << "\n";
    for (const auto& message : actor.messages)
      session.out() << "  " << message.name << " (" << joined(message.fields) << ")"
                    << (message.answer.empty() ? "" : " → " + message.answer) << ", from " << senders_in_words(message.from) << "\n";
  }
}

void end_life(Session& session, const std::string& name) {
  session.ask("head", Envelope::of<wire::KillActor>([&](wire::KillActor::Builder out) {
                out.setName(name);
                out.setCause("killed by the operator");
              }));
}

void kill(Session& session, Arguments& arguments) {
  for_each_of(session, arguments, [&](const std::string& name) { end_life(session, name); });
}

void restart(Session& session, Arguments& arguments) {
  for_each_of(session, arguments, [&](const std::string& name) {
    const auto speaker = session.connection().speaker();
    const uint32_t before = speaker ? speaker->incarnation(name) : 0;
    if (before == 0) throw UserError(UserError::run_failed, "nobody is called " + name + " who could be started again");
    end_life(session, name);
    if (!session.await_next_life(name, before))
      throw UserError(UserError::run_failed, name + " was ended, and does not live again");
    session.tell_news();
    session.out() << to_string(Address{name, speaker->incarnation(name)}) << " lives\n";
  });
}

Words of_message(Session& session, const Words& before) {
  if (before.size() == 1) return actor_names(session);
  if (before.size() > 3) return {};
  const auto names = session.names(before[1]);
  const ActorDescription actor = session.describe(names.front(), 1s);
  Words out;
  for (const auto& message : actor.messages) {
    if (before.size() == 2) out.push_back(message.name);
    if (before.size() == 3 && message.name == before[2])
      for (const auto& field : message.fields) out.push_back(field.substr(0, field.find(' ')) + " = ");
  }
  return out;
}

Words of_spawn(Session& session, const Words& before) {
  if (before.size() < 3) return {};
  if (before.back() == "on") return node_names(session);
  if (before.back() == "near") return actor_names(session);
  return {"on", "near", "spread", "restart"};
}

Words of_watch(Session& session, const Words& before) {
  return before.size() == 1 ? actor_names(session) : before.size() == 2 ? Words{"for"} : Words{};
}

}  // namespace

std::vector<ShellCommand> actor_commands() {
  return {
      {.name = "ls",
       .usage = "ls [NAME|worker/*] [--json]",
       .sentence = "the actors: which life of theirs, where it is, and how the last one ended",
       .example = "ls worker/*",
       .json = true,
       .act = ls,
       .complete = complete_actor},
      {.name = "nodes",
       .usage = "nodes [--json]",
       .sentence = "the machines",
       .example = "nodes",
       .json = true,
       .act = nodes},
      {.name = "inspect",
       .usage = "inspect NAME|worker/* [--json]",
       .sentence = "what an actor says of itself, and the messages that it answers to",
       .example = "inspect shard/0",
       .json = true,
       .act = inspect,
       .complete = complete_actor},
      {.name = "ask",
       .usage = "ask NAME|worker/* MESSAGE [(FIELD = VALUE, …)] [--json]",
       .sentence = "asks an actor, and prints its answer",
       .example = "ask head Inquire",
       .json = true,
       .more = "The message is written as Cap'n Proto writes it; inspect tells which there are.",
       .act = ask,
       .complete = of_message},
      {.name = "tell",
       .usage = "tell NAME|worker/* MESSAGE [(FIELD = VALUE, …)]",
       .sentence = "tells an actor something, and waits for nothing",
       .example = "tell counter Add (by = 3)",
       .act = tell,
       .complete = of_message},
      {.name = "watch",
       .usage = "watch NAME|worker/* [for SECONDSs]",
       .sentence = "prints whose life begins and ends",
       .example = "watch worker/* for 5s",
       .more = "Without a time: in a terminal until Ctrl-C; in a script while the next command is at work.",
       .act = watch,
       .complete = of_watch},
      {.name = "spawn",
       .usage = "spawn TYPE NAME [on NODE | near NAME | spread] [restart N]",
       .sentence = "begins an actor",
       .example = "spawn Counter counter/0 spread restart 5",
       .act = spawn,
       .complete = of_spawn},
      {.name = "kill",
       .usage = "kill NAME|worker/*",
       .sentence = "ends a life, as a crash would; whether another follows is its supervisor's to say",
       .example = "kill worker/3",
       .act = kill,
       .complete = complete_actor},
      {.name = "restart",
       .usage = "restart NAME|worker/*",
       .sentence = "ends a life, and waits for the next one",
       .example = "restart worker/3",
       .act = restart,
       .complete = complete_actor},
  };
}

}  // namespace zenops::repl

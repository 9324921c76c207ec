// Commands that speak to the scheduler of a run.
#include <cmath>

#include "actors/in_words.hpp"
#include "actors/wire/compose.hpp"
#include "actors/wire/training.capnp.h"
#include "cli/repl/chart.hpp"
#include "cli/repl/choices.hpp"
#include "cli/repl/completion.hpp"
#include "cli/report.hpp"
#include "cli/table.hpp"
#include "base/nearest.hpp"
#include "configs/shape.hpp"

namespace zenops::repl {
namespace {

using Standing = Answer<wire::Standing>;

/// The newest number that is known.
template <class Get>
std::optional<double> newest(wire::Standing::Reader standing, Get get) {
  std::optional<double> found;
  for (const auto moment : standing.getHistory())
    if (!std::isnan(get(moment))) found = get(moment);
  return found;
}

double loss_of(wire::Moment::Reader moment) { return moment.getLoss(); }
double accuracy_of(wire::Moment::Reader moment) { return moment.getAccuracy(); }

std::string number(double value) { return std::isnan(value) ? "" : fixed(value, 4); }

Json or_null(std::optional<double> value) { return value ? Json(*value) : Json(); }

Json to_json(wire::Standing::Reader standing) {
  Json orders = Json::array();
  for (const auto order : standing.getOrders()) orders.push_back(order.cStr());
  return {{"phase", standing.getPhase().cStr()},
          {"round", standing.getRound()},
          {"rounds", standing.getRounds()},
          {"lr", widened(standing.getLr())},
          {"rule", standing.getRule().cStr()},
          {"loss", or_null(newest(standing, loss_of))},
          {"accuracy", or_null(newest(standing, accuracy_of))},
          {"orders", orders}};
}

/// "round 5 of 60, paused: loss 0.4210, accuracy 0.8125"
std::string in_words(wire::Standing::Reader standing) {
  std::string text = "round " + std::to_string(standing.getRound()) + " of " + std::to_string(standing.getRounds()) +
                     ", " + standing.getPhase().cStr();
  std::string facts;
  if (const auto loss = newest(standing, loss_of)) facts += "loss " + number(*loss);
  if (const auto accuracy = newest(standing, accuracy_of))
    facts += (facts.empty() ? "" : ", ") + ("accuracy " + number(*accuracy));
  return text + (facts.empty() ? "" : ": " + facts) + "\n";
}

void print(Session& session, const Arguments& arguments, const Standing& standing) {
  if (arguments.json())
    session.out() << line(to_json(*standing)) << "\n";
  else
    session.out() << in_words(*standing);
}

template <class Root>
void put_and_print(Session& session, Arguments& arguments) {
  arguments.end();
  print(session, arguments, session.standing(Envelope::of<Root>(), Session::patiently));
}

void step(Session& session, Arguments& arguments) {
  const uint32_t rounds = arguments.more() ? arguments.take_count("a number of rounds") : 1;
  arguments.end();
  print(session, arguments,
        session.standing(Envelope::of<wire::Step>([&](wire::Step::Builder out) { out.setRounds(rounds); }),
                         Session::patiently));
}

void until(Session& session, Arguments& arguments) {
  const uint32_t round = arguments.take_count("the number of a round");
  arguments.end();
  print(session, arguments,
        session.standing(Envelope::of<wire::Step>([&](wire::Step::Builder out) { out.setUntil(round); }),
                         Session::patiently));
}

void survey(Session& session, Arguments& arguments) {
  arguments.end();
  const Standing standing = session.survey();
  print(session, arguments, standing);
  if (arguments.json()) return;
  session.out() << "lr " << to_text(widened(standing->getLr())) << ", rule " << standing->getRule().cStr() << "\n";
  for (const auto order : standing->getOrders()) session.out() << order.cStr() << "\n";
}

void save(Session& session, Arguments& arguments) {
  arguments.end();
  const auto here = session.here();
  const auto saved = session.ask<wire::RunSaved>("scheduler", Envelope::of<wire::SaveRun>(), Session::patiently);
  session.record(here, arguments.statement().text);
  session.out() << "a snapshot of round " << saved->getRound() << " is on the disk\n";
}

void ordered(Session& session, Arguments& arguments, uint32_t round) {
  session.recording().order(round, arguments.statement().text);
  session.out() << "from round " << round << " on\n";
}

void set(Session& session, Arguments& arguments) {
  const std::vector<std::string> known{"lr"};
  const Word& what = arguments.take("lr");
  if (what.text != "lr") {
    const auto near = nearest(what.text, known);
    arguments.refuse(what, "unknown setting \"" + what.text + "\"; " + (near ? "did you mean \"lr\"?" : "expected lr"));
  }
  const std::string expected = "a learning rate, a number > 0";
  if (arguments.more() && to_number(arguments.peek().text).value_or(0) <= 0)
    arguments.refuse(arguments.peek(), "lr: expected " + expected + ", found \"" + arguments.peek().text + "\"");
  const double lr = arguments.take_number(expected);
  arguments.end();
  ordered(
      session, arguments,
      session.order(Envelope::of<wire::SetLr>([&](wire::SetLr::Builder out) { out.setLr(static_cast<float>(lr)); })));
}

void write(const Parameters& parameters, capnp::List<wire::Value>::Builder out) {
  unsigned k = 0;
  for (const auto& [name, value] : parameters) {
    out[k].setName(name);
    out[k++].setValue(value);
  }
}

void rule(Session& session, Arguments& arguments) {
  const RuleChoice choice = take_rule(arguments, session.catalogue());
  const auto size = [](const Parameters& parameters) { return static_cast<unsigned>(parameters.size()); };
  ordered(session, arguments, session.order(Envelope::of<wire::SetRule>([&](wire::SetRule::Builder out) {
    out.setName(choice.rule.name);
    write(choice.rule.parameters, out.initParameters(size(choice.rule.parameters)));
    auto pre = out.initPre(static_cast<unsigned>(choice.pre.size()));
    for (unsigned k = 0; k < pre.size(); ++k) {
      pre[k].setName(choice.pre[k].name);
      write(choice.pre[k].parameters, pre[k].initParameters(size(choice.pre[k].parameters)));
    }
  })));
}

/// "3"; "*": all that the run has.
std::vector<uint32_t> take_workers(Session& session, Arguments& arguments) {
  if (!arguments.more() || (arguments.peek().text != "worker/*" && arguments.peek().text != "*"))
    return {arguments.take_worker()};
  arguments.take("workers");
  std::vector<uint32_t> workers;
  const Standing standing = session.survey();
  for (const auto worker : standing->getWorkers()) workers.push_back(worker.getWorker());
  if (workers.empty()) throw UserError(UserError::run_failed, "the run has no workers yet; name them one by one");
  return workers;
}

void attack(Session& session, Arguments& arguments) {
  // What is mistyped is told before anybody is asked who the workers are.
  Arguments rest = arguments;
  rest.take("a worker, like worker/3, or worker/*");
  const AttackOptions options = take_attack(rest, session.catalogue());
  const auto workers = take_workers(session, arguments);
  std::vector<uint32_t> rounds;
  const auto record = [&] {
    const bool same = rounds.size() == workers.size() &&
                      std::adjacent_find(rounds.begin(), rounds.end(), std::not_equal_to<>()) == rounds.end();
    if (same) return session.recording().order(rounds.front(), arguments.statement().text);
    for (size_t k = 0; k < rounds.size(); ++k)
      session.recording().order(rounds[k], "attack worker/" + std::to_string(workers[k]) + " " + zenops::in_words(options));
  };
  try {
    for (const uint32_t worker : workers)
      rounds.push_back(session.order(
          Envelope::of<wire::SetAttack>([&](wire::SetAttack::Builder out) { zenops::write(worker, options, out); })));
  } catch (...) {
    record();
    throw;
  }
  record();
  session.out() << "from round " << rounds.back() << " on\n";
}

void evict(Session& session, Arguments& arguments) {
  const uint32_t worker = arguments.take_worker();
  if (!arguments.take_if("because"))
    arguments.refuse(arguments.more() ? arguments.peek() : arguments.statement().words.back(),
                     "expected because \"…\"");
  const std::string why = arguments.take("why, in quotes").text;
  arguments.end();
  const std::string name = nth("worker", worker);
  const auto speaker = session.connection().speaker();
  const uint32_t before = speaker ? speaker->incarnation(name) : 0;
  const auto answer = session.ask<wire::Ordered>("scheduler", Envelope::of<wire::EvictWorker>([&](wire::EvictWorker::Builder out) {
                                                   out.setWorker(worker);
                                                   out.setWhy(why);
                                                 }));
  ordered(session, arguments, answer->getRound());
  if (!answer->getDone()) return;  // it is when that round begins
  const bool came = session.await_next_life(name, before);
  session.tell_news();
  session.out() << (came ? to_string(Address{name, speaker->incarnation(name)}) + " takes its place\n" : name + " is gone, and nobody has taken its place yet\n");
}

void readmit(Session& session, Arguments& arguments) {
  const uint32_t worker = arguments.take_worker();
  arguments.end();
  ordered(session, arguments, session.order(Envelope::of<wire::ReadmitWorker>([&](wire::ReadmitWorker::Builder out) {
    out.setWorker(worker);
  })));
}

void scale(Session&, Arguments& arguments) {
  arguments.take("workers");
  arguments.take_count("a number of workers");
  arguments.end();
  throw UserError(UserError::run_failed,
                  "a run has the workers that its configuration says, from its first round to its last; save, and "
                  "begin another with "
                  "--set cluster.workers=N --init runs/NAME, or take some out with kill, freeze or evict");
}

Json to_json(wire::WorkerStanding::Reader worker) {
  const double loss = worker.getLoss();
  return {{"worker", worker.getWorker()},        {"incarnation", worker.getIncarnation()},
          {"state", worker.getState().cStr()},   {"standing", worker.getStanding().cStr()},
          {"accepted", worker.getAccepted()},    {"refused", worker.getRefused()},
          {"poisoned", worker.getPoisoned()},    {"loss", std::isnan(loss) ? Json() : Json(loss)},
          {"attack", worker.getAttack().cStr()}, {"evictions", worker.getEvictions()}};
}

void score(Session& session, Arguments& arguments) {
  arguments.end();
  const Standing standing = session.survey();
  std::vector<std::vector<std::string>> rows{
      {"WORKER", "STATE", "STANDING", "ACCEPTED", "REFUSED", "POISONED", "LOSS", "EVICTED", "ATTACK"}};
  for (const auto worker : standing->getWorkers()) {
    if (arguments.json()) session.out() << line(to_json(worker)) << "\n";
    rows.push_back({to_string(Address{nth("worker", worker.getWorker()), worker.getIncarnation()}), worker.getState(),
                    worker.getStanding(), std::to_string(worker.getAccepted()), std::to_string(worker.getRefused()),
                    std::to_string(worker.getPoisoned()), number(worker.getLoss()),
                    std::to_string(worker.getEvictions()), worker.getAttack()});
  }
  if (!arguments.json()) session.out() << table(rows, {3, 4, 5, 6, 7});
}

void plot(Session& session, Arguments& arguments) {
  const std::vector<std::string> known{"accuracy", "loss"};
  const Word& what = arguments.take("accuracy or loss");
  if (what.text != "accuracy" && what.text != "loss") {
    const auto near = nearest(what.text, known);
    arguments.refuse(what, "unknown curve \"" + what.text + "\"; " +
                               (near ? "did you mean \"" + *near + "\"?" : "expected accuracy or loss"));
  }
  arguments.end();
  const Standing standing = session.survey();
  Chart chart{.title = what.text, .points = {}, .width = session.options().width, .braille = session.options().braille};
  for (const auto moment : standing->getHistory())
    chart.points.push_back(
        {static_cast<double>(moment.getRound()), what.text == "loss" ? moment.getLoss() : moment.getAccuracy()});
  session.out() << chart.to_string();
}

Words of_attack(Session& session, const Words& before) {
  if (before.size() == 1) return worker_names(session);
  return before.size() == 2 ? attack_names(session) : setting_names(session, before[2]);
}

Words of_rule(Session& session, const Words& before) {
  if (before.size() == 1 || before.back() == "+") return rule_names(session);
  Words out{"+"};
  for (auto word = before.rbegin(); word != before.rend() - 1; ++word)
    if (word->find('=') == std::string::npos) {  // the rule whose settings these are
      for (auto& name : setting_names(session, *word)) out.push_back(name);
      break;
    }
  return out;
}

Words of_worker(Session& session, const Words& before) {
  Words names = before.size() == 1 ? worker_names(session) : Words{};
  std::erase(names, "worker/*");
  return names;
}

Words of_evict(Session& session, const Words& before) {
  return before.size() == 2 ? Words{"because"} : of_worker(session, before);
}

/// Of a command with one word, which is one of these.
ShellCommand::Complete one_of(Words words) {
  return [words = std::move(words)](Session&, const Words& before) { return before.size() == 1 ? words : Words{}; };
}

}  // namespace

std::vector<ShellCommand> run_commands() {
  return {
      {.name = "survey",
       .usage = "survey [--json]",
       .sentence = "where the run stands, and what operators have changed",
       .example = "survey",
       .json = true,
       .act = survey},
      {.name = "step",
       .usage = "step [ROUNDS] [--json]",
       .sentence = "trains so many rounds (1), then pauses",
       .example = "step 5",
       .json = true,
       .act = step},
      {.name = "until",
       .usage = "until ROUND [--json]",
       .sentence = "trains until that round is done, then pauses",
       .example = "until 20",
       .json = true,
       .act = until},
      {.name = "pause",
       .usage = "pause [--json]",
       .sentence = "begins no other round; waits for the one that is under way",
       .example = "pause",
       .json = true,
       .act = put_and_print<wire::Pause>},
      {.name = "resume",
       .usage = "resume [--json]",
       .sentence = "trains on, and does not wait",
       .example = "resume",
       .json = true,
       .more = "A script that ends while its own run trains waits until that has ended.",
       .act = put_and_print<wire::Resume>},
      {.name = "attack",
       .usage = "attack worker/N|worker/* ATTACK|none [SETTING=VALUE …] [rate=R]",
       .sentence = "that worker lies like this from now on",
       .example = "attack worker/3 negative scale=200",
       .more =
           "zenops-cli attacks lists them. rate is the chance of each message to be poisoned: 1 unless it is given. In which "
           "rounds: start=, stop=, ramp=, on=, off=, as in a config.",
       .act = attack,
       .complete = of_attack},
      {.name = "rule",
       .usage = "rule [BEFORE [SETTING=VALUE …] +] RULE [SETTING=VALUE …]",
       .sentence = "from the next round on updates are judged by this rule",
       .example = "rule nnm + trimmed_mean f=3",
       .more = "zenops-cli rules lists them.",
       .act = rule,
       .complete = of_rule},
      {.name = "set",
       .usage = "set lr NUMBER",
       .sentence = "changes the learning rate, of which the schedule gives each round its share",
       .example = "set lr 0.05",
       .act = set,
       .complete = one_of({"lr"})},
      {.name = "evict",
       .usage = "evict worker/N because \"WHY\"",
       .sentence = "that worker was caught lying: another takes its place",
       .example = "evict worker/3 because \"its loss is made up\"",
       .act = evict,
       .complete = of_evict},
      {.name = "readmit",
       .usage = "readmit worker/N",
       .sentence = "a worker comes out of quarantine, and its record is begun anew",
       .example = "readmit worker/3",
       .act = readmit,
       .complete = of_worker},
      {.name = "scale",
       .usage = "scale workers N",
       .sentence = "is refused: says what can be done instead",
       .example = "scale workers 20",
       .act = scale,
       .complete = one_of({"workers"})},
      {.name = "score",
       .usage = "score [--json]",
       .sentence = "the workers: what became of what they sent, and how they lie",
       .example = "score",
       .json = true,
       .act = score},
      {.name = "plot",
       .usage = "plot accuracy|loss",
       .sentence = "a curve over the rounds, as wide as the terminal",
       .example = "plot accuracy",
       .act = plot,
       .complete = one_of({"accuracy", "loss"})},
      {.name = "save",
       .usage = "save",
       .sentence = "leaves a snapshot of where the run stands, for run --resume",
       .example = "save",
       .act = save},
  };
}

}  // namespace zenops::repl

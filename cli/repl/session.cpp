#include "cli/repl/session.hpp"

#include <algorithm>

#include "cli/cluster_report.hpp"
#include "base/nearest.hpp"
#include "runtime/wire/runtime.capnp.h"

namespace zenops::repl {
namespace {

using namespace std::chrono_literals;

constexpr auto glance = 20ms;  // how long Ctrl-C may go unseen

std::string phase_of(const Answer<wire::Standing>& standing) { return standing->getPhase().cStr(); }

}  // namespace

std::vector<ShellCommand> all_commands() {
  std::vector<ShellCommand> all;
  for (auto* part : {actor_commands, run_commands, fault_commands, shell_commands})
    for (auto& command : part()) all.push_back(std::move(command));
  return all;
}

Session::Session(Connection& connection, const Catalogue& catalogue, Attention& attention, std::ostream& out,
                 Options options)
    : connection_(connection),
      catalogue_(catalogue),
      attention_(attention),
      out_(out),
      options_(options),
      commands_(all_commands()) {}

namespace {

const ShellCommand& command_of(const std::vector<ShellCommand>& commands, const Statement& statement) {
  const Word& word = statement.words.front();
  const auto found = std::ranges::find(commands, word.text, &ShellCommand::name);
  if (found != commands.end()) return *found;
  std::vector<std::string> names;
  for (const auto& command : commands) names.push_back(command.name);
  const auto near = nearest(word.text, names);
  throw Misuse(word.at,
               "unknown command \"" + word.text + "\"; " + (near ? "did you mean \"" + *near + "\"?" : "see help"));
}

}  // namespace

void check(const std::string& text, const std::string& source) {
  const auto commands = all_commands();
  try {
    const Script script = Script::parse(text, source);
    for (const Statement& statement : script.statements) static_cast<void>(command_of(commands, statement));
  } catch (const Refusal& refusal) {
    throw UserError(refusal.exit_code(), refusal.at().to_string() + ": " + refusal.what());
  }
}

const ShellCommand& Session::command(const Statement& statement) const { return command_of(commands_, statement); }

void Session::run(const Statement& statement) {
  const ShellCommand& command = this->command(statement);
  if (options_.echo) out_ << "zenops> " << statement.text << "\n" << std::flush;
  if (command.name != "quit") warned_ = false;
  const bool watched = watch_.has_value();
  Arguments arguments(statement, command.usage, command.json);
  try {
    command.act(*this, arguments);
  } catch (const Refusal&) {
    throw;
  } catch (const UserError& e) {
    throw Refusal(e.exit_code() == UserError::bad_config ? UserError::bad_config : UserError::run_failed,
                  statement.at(), e.what());
  }
  tell_news();
  if (watched && command.name != "watch") {
    look_after_watch();
    watch_.reset();
  }
  if (!out_.flush()) throw Leave{UserError::cannot_write, true};
  attention_.look();
  if (attention_.must_leave() != 0) throw Leave{attention_.must_leave(), true};
}

void Session::run(const Script& script) {
  constexpr int deepest = 16;
  if (depth_ == deepest)
    throw UserError(UserError::bad_config,
                    "scripts run scripts, " + std::to_string(deepest) + " deep: does one run itself?");
  // What is mistyped is told before anything has happened.
  for (const Statement& statement : script.statements) command(statement);
  ++depth_;
  struct Back {
    int& depth;
    ~Back() { --depth; }
  } back{depth_};
  for (const Statement& statement : script.statements) run(statement);
}

Envelope Session::ask(const std::string& name, Envelope question, Clock::Duration within) {
  const auto speaker = connection_.speaker();
  if (!speaker) throw UserError(UserError::run_failed, connection_.ended().value_or("nobody is there"));
  auto answer = future_of<Expected<Envelope>>(
      [&](auto done) { speaker->ask(name, std::move(question), within, std::move(done)); });
  wait(
      [&] {
        return answer.wait_for(0s) == std::future_status::ready ||
               (answer.wait_for(glance) == std::future_status::ready);
      },
      within + 1s);
  if (answer.wait_for(0s) != std::future_status::ready)
    throw UserError(UserError::run_failed, name + " has not answered");
  auto got = answer.get();
  if (!got && end_ && connection_.ends_with_us()) throw UserError(UserError::run_failed, "the run has ended");
  if (!got) throw UserError(UserError::run_failed, got.error().what + (got.error().code == Ec::unreachable ? obituary(name) : ""));
  return std::move(*got);
}

Expected<Answer<wire::Report>> Session::look_at_head() {
  const auto speaker = connection_.speaker();
  if (!speaker) return fail(Ec::unreachable, "nobody is there");
  auto answer = future_of<Expected<Envelope>>(
      [&](auto done) { speaker->ask("head", Envelope::of<wire::Inquire>(), 1s, std::move(done)); });
  return Answer<wire::Report>::of(answer.get(), "head");
}

std::string Session::obituary(const std::string& name) {
  if (name == "head") return "";
  const auto report = look_at_head();
  if (!report) return "";
  for (const auto actor : (*report)->getActors())
    if (actor.getEnded() != 0 && name == actor.getName().cStr()) return "; " + zenops::obituary(actor);
  return "";
}

void Session::tell(const std::string& name, Envelope message) {
  const auto speaker = connection_.speaker();
  if (!speaker) throw UserError(UserError::run_failed, connection_.ended().value_or("nobody is there"));
  if (speaker->incarnation(name) == 0) throw UserError(UserError::run_failed, "nobody is called " + name);
  speaker->tell(name, std::move(message));
}

bool Session::wait(const std::function<bool()>& done, Clock::Duration within) {
  const auto end = clock_.now() + within;
  while (!done()) {
    attention_.look();
    if (attention_.must_leave() != 0) throw Leave{attention_.must_leave(), true};
    if (attention_.take_interrupt()) throw Interrupted{};
    if (clock_.now() >= end) return false;
    tell_news();
  }
  return true;
}

void Session::tell_news() {
  const auto news = connection_.news();
  std::ostream& out = options_.news ? *options_.news : out_;
  for (const auto& line : news) out << line << "\n";
  if (!news.empty()) out << std::flush;
  if (watch_ && clock_.now() - looked_ >= options_.look_every) look_after_watch();
}

void Session::look_after_watch() {
  looked_ = clock_.now();
  const auto report = look_at_head();
  if (!report || !watch_) return;
  for (const auto& line : watch_->look(**report)) out_ << line << "\n";
  out_ << std::flush;
}

Answer<wire::Standing> Session::survey() {
  if (end_ && (connection_.ends_with_us() || connection_.ended())) return *end_;
  return standing(Envelope::of<wire::Survey>(), soon);
}

Answer<wire::Standing> Session::standing(Envelope question, Clock::Duration within) {
  auto standing = ask<wire::Standing>("scheduler", std::move(question), within);
  if (phase_of(standing) == "ended") end_ = standing;
  return standing;
}

std::vector<std::string> Session::names(const std::string& pattern) {
  if (!pattern.ends_with('*')) return {pattern};
  const auto all = report();
  std::vector<std::string> names;
  for (const auto actor : in_order(all->getActors()))
    if (means(pattern, actor.getName())) names.push_back(actor.getName());
  if (names.empty()) throw UserError(UserError::run_failed, "nobody is called " + pattern);
  return names;
}

ActorDescription Session::describe(const std::string& name, Clock::Duration within) {
  auto description = description_of(name, ask(name, Envelope::of<wire::Describe>(), within));
  if (!description) throw UserError(UserError::run_failed, description.error().what);
  return std::move(*description);
}

bool Session::await_next_life(const std::string& name, uint32_t before) {
  const auto speaker = connection_.speaker();
  if (!speaker) return false;
  auto came = future_of<Expected<void>>([&](auto done) { speaker->await(name, before, soon, std::move(done)); });
  wait([&] { return came.wait_for(glance) == std::future_status::ready; }, soon + 1s);
  return came.wait_for(0s) == std::future_status::ready && came.get();
}

uint32_t Session::order(Envelope order) { return ask<wire::Ordered>("scheduler", std::move(order))->getRound(); }

Session::Here Session::here() {
  const auto speaker = connection_.speaker();
  if (!speaker || speaker->incarnation("scheduler") == 0) return {};
  try {
    const auto now = standing(Envelope::of<wire::Survey>(), 1s);
    return {now->getRound(), phase_of(now) == "training"};
  } catch (const UserError&) {  // it is frozen, perhaps, and this is to thaw it
    return {};
  }
}

void Session::record(const Here& here, const std::string& text) {
  if (here.round)
    recording_.at(*here.round, here.training, text);
  else
    recording_.anytime(text);
}

void Session::quit() {
  if (options_.interactive && connection_.ends_with_us() && !connection_.ended() && !std::exchange(warned_, true)) {
    out_ << "the run has not ended. Once more (quit, Ctrl-D) ends it after this round, with its weights saved; resume "
            "trains on\n"
         << std::flush;
    return;
  }
  throw Leave{};
}

}  // namespace zenops::repl

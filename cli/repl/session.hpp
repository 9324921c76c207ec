#pragma once
#include <functional>
#include <optional>
#include <ostream>
#include <set>

#include "actors/catalogue.hpp"
#include "actors/wire/operator.capnp.h"
#include "cli/repl/arguments.hpp"
#include "cli/repl/attention.hpp"
#include "cli/repl/connection.hpp"
#include "cli/repl/recording.hpp"
#include "cli/repl/watch.hpp"
#include "runtime/ref.hpp"
#include "runtime/text_form.hpp"
#include "runtime/wire/cluster.capnp.h"

namespace zenops::repl {

class Session;

/// A command of the shell: a line of its table, from which help, completion and what a mistyped one is told all come.
struct ShellCommand {
  std::string name, usage, sentence, example;
  bool json = false;  // it takes --json
  std::string more = {};
  /// Throws UserError (Misuse among them), Interrupted and Leave.
  std::function<void(Session&, Arguments&)> act;
  /// What the word that is being typed may be; `before` are those before it, the command first.
  using Complete = std::function<std::vector<std::string>(Session&, const std::vector<std::string>& before)>;
  Complete complete = {};
};

/// Ctrl-C, while a command was waiting.
struct Interrupted {};
/// The shell is over.
struct Leave {
  int exit_code = 0;
  bool unasked = false;  // neither `quit` nor the end of what was typed
};

/// What the commands work with: everything they do is a message to an actor by its name. Nothing is remembered of the
/// run but how it ended.
class Session {
 public:
  struct Options {
    bool interactive = false;  // somebody types
    bool echo = false;         // each command is printed before what comes of it, as a terminal shows it
    std::ostream* news = nullptr;  // for what nobody asked for; null: where everything is printed
    int width = 80;
    bool braille = true;
    Clock::Duration look_every = std::chrono::milliseconds(200);  // of `watch`
  };
  Session(Connection& connection, const Catalogue& catalogue, Attention& attention, std::ostream& out, Options options);

  const std::vector<ShellCommand>& commands() const { return commands_; }
  /// Throws what a command throws, and Leave.
  void run(const Statement& statement);
  /// All of them; the recording has them as they were written, and not the command that has brought them.
  void run(const Script& script);

  const Catalogue& catalogue() const { return catalogue_; }
  Connection& connection() { return connection_; }
  Attention& attention() { return attention_; }
  const Options& options() const { return options_; }
  Recording& recording() { return recording_; }
  std::ostream& out() { return out_; }

  static constexpr auto soon = std::chrono::seconds(30);
  static constexpr auto patiently = std::chrono::hours(24);  // for what takes as long as the run does
  /// Throws UserError (run_failed), and Interrupted.
  Envelope ask(const std::string& name, Envelope question, Clock::Duration within = soon);
  template <class Root>
  Answer<Root> ask(const std::string& name, Envelope question, Clock::Duration within = soon);
  void tell(const std::string& name, Envelope message);
  /// Waits until `done` is true, at most so long; whether it is. Throws Interrupted and Leave.
  bool wait(const std::function<bool()>& done, Clock::Duration within);

  Answer<wire::Report> report() { return ask<wire::Report>("head", Envelope::of<wire::Inquire>()); }
  /// Of a run that has ended, as it was when that was learned. Throws UserError.
  Answer<wire::Standing> survey();
  /// What a question was answered with that is answered with Standing.
  Answer<wire::Standing> standing(Envelope question, Clock::Duration within);
  /// The actors that `pattern` means: "worker/3", or "worker/*" for all whose names begin so. Throws UserError when
  /// there is none.
  std::vector<std::string> names(const std::string& pattern);
  ActorDescription describe(const std::string& name, Clock::Duration within = soon);
  /// Whether a life of that name other than `before` lives, waiting for it.
  bool await_next_life(const std::string& name, uint32_t before);
  /// An order to the scheduler, answered with Ordered: the round from which it counts.
  uint32_t order(Envelope order);

  /// Notes an order in the recording.
  void record_order(uint32_t round, const std::string& text) { recording_.order(round, text); }
  /// Where the run stands, for what belongs to no round.
  struct Here {
    std::optional<uint32_t> round;  // the last that is done; none: there is no run
    bool training = false;
  };
  Here here();
  /// Notes what was said there: it comes again after that round.
  void record(const Here& here, const std::string& text);

  void watch(const std::string& pattern) { watch_.emplace(pattern, *report()); }
  void unwatch() { watch_.reset(); }
  /// Prints what watch() and the connection have to tell.
  void tell_news();
  /// Leaves, or asks first. Throws Leave.
  void quit();

 private:
  /// What the head reports at once; not through ask(), which is who looks.
  Expected<Answer<wire::Report>> look_at_head();
  /// When and why the last life of that name ended; empty: the head knows nothing of it.
  std::string obituary(const std::string& name);
  const ShellCommand& command(const Statement& statement) const;
  void look_after_watch();
  Connection& connection_;
  const Catalogue& catalogue_;
  Attention& attention_;
  std::ostream& out_;
  const Options options_;
  const std::vector<ShellCommand> commands_;
  Recording recording_;
  std::optional<Watch> watch_;
  Clock::Time looked_{};
  SystemClock clock_;
  std::optional<Answer<wire::Standing>> end_;  // how the run ended, if that is known
  bool warned_ = false;                        // that leaving ends the run
  int depth_ = 0;                              // of scripts that run scripts
};

/// The commands there are, in the order in which they are listed.
std::vector<ShellCommand> all_commands();
/// Throws UserError (bad_config), with the place, for what is no script or has a command that there is not.
void check(const std::string& text, const std::string& source);
std::vector<ShellCommand> actor_commands();
std::vector<ShellCommand> run_commands();
std::vector<ShellCommand> fault_commands();
std::vector<ShellCommand> shell_commands();

template <class Root>
Answer<Root> Session::ask(const std::string& name, Envelope question, Clock::Duration within) {
  auto answer = Answer<Root>::of(ask(name, std::move(question), within), name);
  if (!answer) throw UserError(UserError::run_failed, answer.error().what);
  return std::move(*answer);
}

}  // namespace zenops::repl

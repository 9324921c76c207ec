#include "cli/repl/shell.hpp"

#include <algorithm>
#include <sstream>
#include <thread>

#include "cli/command.hpp"

namespace zenops::repl {

using namespace std::chrono_literals;

void Shell::complain(const std::string& sentence) {
  std::istringstream in(sentence);
  for (std::string line; std::getline(in, line);) complaints_ << "zenops-cli: " << line << "\n";
  complaints_ << std::flush;
}

template <class Work>
int Shell::guarded(Work work) {
  const bool typed = session_.options().interactive;
  try {
    work();
    return 0;
  } catch (const Leave& leave) {
    left_ = true;
    return leave.exit_code;
  } catch (const Interrupted&) {
    if (typed) complaints_ << "\n";  // after the terminal's ^C
    complain(typed ? "interrupted; what it was asked for may still happen" : "interrupted");
    return interrupted;
  } catch (const Refusal& refusal) {
    const bool here = typed && refusal.at().source == "stdin";  // it stands just above
    complain((here ? "" : refusal.at().to_string() + ": ") + refusal.what());
    return refusal.exit_code();
  } catch (const UserError& e) {
    complain(e.what());
    return e.exit_code() == UserError::bad_config ? UserError::bad_config : UserError::run_failed;
  }
}

int Shell::run(const std::string& text, const std::string& source) {
  return guarded([&] { session_.run(Script::parse(text, source)); });
}

int Shell::run(Lines& lines, const std::string& source) {
  const bool typed = session_.options().interactive;
  std::string text;  // of a statement that goes on
  int line_number = 0, first = 1;
  while (!left_) {
    std::string line;
    const auto end = lines.next(line, !text.empty());
    if (session_.attention().must_leave() != 0) {
      left_ = true;
      return session_.attention().must_leave();
    }
    if (end == Lines::End::interrupted) {
      text.clear();
      if (typed) continue;
      return interrupted;
    }
    if (end == Lines::End::over) {
      const int code = text.empty() ? 0 : guarded([&] { session_.run(Script::parse(text, source, first)); });
      text.clear();
      if (!typed) return code;
      guarded([&] { session_.quit(); });
      continue;
    }
    if (text.empty()) first = line_number + 1;
    ++line_number;
    text += line + "\n";
    if (Script::goes_on(text)) continue;
    if (text.find_first_not_of(" \t\r\n") != std::string::npos) lines.remember(text.substr(0, text.size() - 1));
    const int code = guarded([&] { session_.run(Script::parse(text, source, first)); });
    text.clear();
    if (left_ || (code != 0 && !typed)) return code;
  }
  return 0;
}

std::string Shell::phase() {
  constexpr auto at_once = 1s;
  try {
    return session_.standing(Envelope::of<wire::Survey>(), at_once)->getPhase().cStr();
  } catch (const UserError&) {  // it has ended since, or is frozen
  } catch (const Leave&) {
  } catch (const Interrupted&) {
  }
  return "";
}

int Shell::leave(int exit_code) {
  Connection& connection = session_.connection();
  const std::string phase = connection.ends_with_us() && !connection.ended() ? this->phase() : "";
  if (exit_code == 0 && !left_ && phase == "training" && !session_.options().interactive)
    exit_code = guarded([&] {
      session_.wait(
          [&] {
            std::this_thread::sleep_for(20ms);
            return connection.ended().has_value();
          },
          365 * 24h);
    });
  if (!connection.ended() && (phase == "training" || phase == "ready" || phase == "paused"))
    complain(phase == "training" ? "the run ends after this round, with its weights saved; Ctrl-C twice ends it at once, without them"
                      : "the run ends here, before its last round, with its weights saved");
  const Farewell farewell = connection.leave();
  const int closed = guarded([&] { session_.recording().close(farewell.stopped_after); });
  session_.tell_news();
  // What a script prints is what it asked for.
  if (!farewell.words.empty()) (session_.options().interactive ? session_.out() : complaints_) << farewell.words << std::flush;
  return exit_code != 0 ? exit_code : farewell.exit_code != 0 ? farewell.exit_code : closed;
}

}  // namespace zenops::repl

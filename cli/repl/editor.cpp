#include "cli/repl/editor.hpp"

#include <histedit.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cwchar>
#include <iostream>

#include "cli/terminal.hpp"

namespace zenops::repl {
namespace {

constexpr int idle = 250;  // milliseconds, after which the connection is asked for news

/// The names in as many columns as there is room for.
std::string in_columns(const std::vector<std::string>& names, int width) {
  size_t widest = 1;
  for (const auto& name : names) widest = std::max(widest, name.size() + 2);
  const size_t columns = std::max<size_t>(1, static_cast<size_t>(width) / widest);
  std::string out;
  for (size_t k = 0; k < names.size(); ++k) {
    const bool last = (k + 1) % columns == 0 || k + 1 == names.size();
    out += names[k] + (last ? "\n" : std::string(widest - names[k].size(), ' '));
  }
  return out;
}

}  // namespace

struct Editor::State {
  State(Session& s, Signals& sig, HistoryFile f) : session(s), signals(sig), file(std::move(f)) {}
  Session& session;
  Signals& signals;
  HistoryFile file;
  EditLine* line = nullptr;
  History* history = nullptr;
  bool goes_on = false;
  bool interrupted = false;

  static State& of(EditLine* line) {
    void* data = nullptr;
    el_get(line, EL_CLIENTDATA, &data);
    return *static_cast<State*>(data);
  }
  static char* prompt(EditLine* line) {
    static char first[] = "zenops> ", next[] = "......> ";
    return of(line).goes_on ? next : first;
  }
  static int read_char(EditLine* line, wchar_t* out) { return of(line).read_character(out); }
  static unsigned char complete(EditLine* line, int) { return of(line).complete_word(); }

  /// One character of UTF-8, when it comes; meanwhile signals and news are looked after.
  int read_character(wchar_t* out) {
    std::mbstate_t state{};
    while (true) {
      const bool ready = signals.input(STDIN_FILENO, idle);
      if (signals.must_leave() != 0) return 0;
      if (signals.take_interrupt()) {
        interrupted = true;
        return 0;
      }
      if (signals.take_resize()) el_resize(line);
      if (signals.take_continue()) {
        el_set(line, EL_PREP_TERM, 1);
        el_set(line, EL_REFRESH);
      }
      show_news();
      if (!ready) continue;
      char byte = 0;
      const ssize_t n = read(STDIN_FILENO, &byte, 1);
      if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (n < 0) signals.leave(128 + SIGHUP);  // the terminal is gone
      if (n <= 0) return 0;
      const size_t length = std::mbrtowc(out, &byte, 1, &state);
      if (length == static_cast<size_t>(-2)) continue;  // more of it follows
      if (length == static_cast<size_t>(-1)) {          // no UTF-8: as it is
        *out = static_cast<unsigned char>(byte);
      } else if (length == 0) {
        *out = L'\0';
      }
      return 1;
    }
  }

  void show_news() {
    const auto news = session.connection().news();
    if (news.empty()) return;
    std::cout << "\r\x1b[K";
    for (const auto& one : news) std::cout << one << "\n";
    std::cout << std::flush;
    el_set(line, EL_REFRESH);
  }

  unsigned char complete_word() {
    const LineInfo* typed = el_line(line);
    const auto found = complete_line({typed->buffer, static_cast<size_t>(typed->cursor - typed->buffer)});
    if (found.candidates.empty()) return CC_REFRESH_BEEP;
    std::string more = found.common();
    const bool only = found.candidates.size() == 1;
    if (only && !found.candidates.front().ends_with('=') && !found.candidates.front().ends_with(' ')) more += ' ';
    if (!more.empty()) return el_insertstr(line, more.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
    std::cout << "\n" << in_columns(found.candidates, session.options().width) << std::flush;
    return CC_REDISPLAY;
  }
  Completion complete_line(std::string_view text) { return zenops::repl::complete(session, text); }
};

Editor::Editor(Session& session, Signals& signals, HistoryFile history)
    : state_(std::make_unique<State>(session, signals, std::move(history))) {
  std::setlocale(LC_CTYPE, "");
  State& s = *state_;
  s.line = el_init("zenops-cli", stdin, stdout, stderr);
  s.history = history_init();
  if (s.line == nullptr || s.history == nullptr)
    throw UserError(UserError::run_failed, "no line can be edited on this terminal");
  HistEvent event;
  ::history(s.history, &event, H_SETSIZE, 2000);
  ::history(s.history, &event, H_SETUNIQUE, 1);
  for (const auto& line : s.file.load()) ::history(s.history, &event, H_ENTER, line.c_str());
  el_set(s.line, EL_CLIENTDATA, &s);
  el_set(s.line, EL_PROMPT, &State::prompt);
  el_set(s.line, EL_EDITOR, "emacs");
  el_set(s.line, EL_HIST, ::history, s.history);
  el_set(s.line, EL_GETCFN, &State::read_char);
  el_set(s.line, EL_ADDFN, "zenops-complete", "completes the word", &State::complete);
  el_set(s.line, EL_BIND, "^I", "zenops-complete", nullptr);
  el_set(s.line, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_source(s.line, nullptr);  // ~/.editrc
}

Editor::~Editor() {
  if (state_->line != nullptr) el_end(state_->line);
  if (state_->history != nullptr) history_end(state_->history);
}

Lines::End Editor::next(std::string& line, bool goes_on) {
  State& s = *state_;
  s.goes_on = goes_on;
  s.interrupted = false;
  int length = 0;
  const char* text = el_gets(s.line, &length);
  if (s.interrupted) {
    el_reset(s.line);
    std::cout << "^C\n" << std::flush;
    return End::interrupted;
  }
  if (text == nullptr || length <= 0) {
    std::cout << "\n" << std::flush;
    return End::over;
  }
  line.assign(text, static_cast<size_t>(length));
  if (line.ends_with('\n')) line.pop_back();
  return End::line;
}

void Editor::remember(const std::string& statement) {
  std::string line = statement;
  std::ranges::replace(line, '\n', ' ');
  HistEvent event;
  ::history(state_->history, &event, H_ENTER, line.c_str());
  state_->file.add(line);
}

}  // namespace zenops::repl

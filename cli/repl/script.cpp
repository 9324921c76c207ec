#include "cli/repl/script.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace zenops::repl {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool opens(char c) { return c == '(' || c == '['; }
bool closes(char c) { return c == ')' || c == ']'; }
bool ends_statement(char c) { return c == ';' || c == '\n'; }

class Reader {
 public:
  Reader(std::string_view text, const std::string& source, int line) : text_(text), at_{source, line, 1} {}

  Script script() {
    Script out;
    for (skip_to_word(); !done(); skip_to_word()) {
      if (ends_statement(peek()))
        next();
      else
        out.statements.push_back(statement());
    }
    return out;
  }

 private:
  bool done() const { return k_ == text_.size(); }
  char peek() const { return text_[k_]; }
  char next() {
    const char c = text_[k_++];
    if (c == '\n') {
      ++at_.line;
      at_.column = 1;
    } else if ((c & 0xC0) != 0x80) {
      ++at_.column;  // UTF-8: a character is one column
    }
    return c;
  }

  /// A backslash at a line's end joins it with the next one.
  void skip_to_word() {
    while (!done()) {
      if (is_space(peek())) {
        next();
      } else if (peek() == '\\' && k_ + 1 < text_.size() && text_[k_ + 1] == '\n') {
        next();
        next();
      } else if (peek() == '#') {
        while (!done() && peek() != '\n') next();
      } else {
        return;
      }
    }
  }

  Statement statement() {
    Statement out;
    const size_t begin = k_;
    size_t end = k_;
    while (skip_to_word(), !done() && !ends_statement(peek())) {
      out.words.push_back(word());
      end = k_;
    }
    out.text = text_.substr(begin, end - begin);
    return out;
  }

  Word word() {
    Word out{.text = {}, .at = at_};
    while (!done() && !is_space(peek()) && !ends_statement(peek())) {
      if (peek() == '"') {
        out.quoted = true;
        out.text += quote();
      } else if (opens(peek())) {
        group(out.text);
      } else if (closes(peek())) {
        throw Misuse(at_, std::string("unexpected \"") + peek() + "\": nothing was opened that it closes");
      } else {
        out.text += next();
      }
    }
    return out;
  }

  std::string quote() {
    const Position begin = at_;
    std::string out;
    for (next(); !done();) {
      const Position here = at_;
      const char c = next();
      if (c == '"') return out;
      if (c != '\\' || done()) {
        out += c;
        continue;
      }
      switch (const char escaped = next()) {
        case 'n':
          out += '\n';
          break;
        case 't':
          out += '\t';
          break;
        case '"':
        case '\\':
          out += escaped;
          break;
        default:
          throw Misuse(here, std::string("unknown escape \\") + escaped + "; expected \\\", \\\\, \\n or \\t");
      }
    }
    throw Misuse(begin, "a \" is missing that ends this text");
  }

  /// Kept as it is, quotes and all: it is another language's.
  void group(std::string& out) {
    std::vector<std::pair<char, Position>> open;
    do {
      if (done())
        throw Misuse(open.back().second,
                     std::string("a \"") + (open.back().first == '(' ? ')' : ']') + "\" is missing that closes this");
      const char c = peek();
      if (opens(c)) {
        open.emplace_back(c, at_);
      } else if (closes(c)) {
        if ((c == ')') != (open.back().first == '('))
          throw Misuse(at_, std::string("unexpected \"") + c + "\": expected \"" +
                                (open.back().first == '(' ? ')' : ']') + "\"");
        open.pop_back();
      } else if (c == '"') {
        copy_quote(out);
        continue;
      } else if (c == '#') {
        while (!done() && peek() != '\n') next();
        continue;
      }
      const char taken = next();
      out += taken == '\n' ? ' ' : taken;
    } while (!open.empty());
  }

  void copy_quote(std::string& out) {
    const Position begin = at_;
    out += next();
    while (!done()) {
      const char c = next();
      out += c;
      if (c == '"') return;
      if (c == '\\' && !done()) out += next();
    }
    throw Misuse(begin, "a \" is missing that ends this text");
  }

  std::string_view text_;
  size_t k_ = 0;
  Position at_;
};

/// What is open at the end of a text, and where its last word and its last statement begin.
struct Scan {
  int depth = 0;
  bool in_quote = false, in_comment = false, joined = false;
  size_t statement = 0;

  explicit Scan(std::string_view text) {
    for (size_t k = 0; k < text.size(); ++k) {
      const char c = text[k];
      joined = false;
      if (in_comment) {
        if (c == '\n') in_comment = false;
        if (c == '\n' && depth == 0) statement = k + 1;
        continue;
      }
      if (in_quote) {
        if (c == '\\')
          ++k;
        else if (c == '"')
          in_quote = false;
        continue;
      }
      if (c == '\\' && k + 1 == text.find('\n', k)) {
        joined = k + 2 == text.size();
        ++k;
      } else if (c == '"')
        in_quote = true;
      else if (opens(c))
        ++depth;
      else if (closes(c))
        --depth;
      else if (c == '#' && (depth > 0 || k == 0 || is_space(text[k - 1]) || ends_statement(text[k - 1])))
        in_comment = true;
      else if (ends_statement(c) && depth <= 0)
        statement = k + 1;
    }
  }
};

}  // namespace

std::string Position::to_string() const { return source + ":" + std::to_string(line) + ":" + std::to_string(column); }

Script Script::parse(std::string_view text, const std::string& source, int first_line) {
  return Reader(text, source, first_line).script();
}

bool Script::goes_on(std::string_view text) {
  const Scan scan(text);
  return scan.depth > 0 || scan.in_quote || scan.joined;
}

std::string read_script(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    throw UserError(UserError::bad_config, path + ": a folder, expected a script");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file)
    throw UserError(UserError::bad_config,
                    path + ": cannot be read" + (errno != 0 ? std::string(": ") + std::strerror(errno) : ""));
  return text;
}

std::string quoted(const std::string& word) {
  const bool plain = !word.empty() && word.find_first_of(" \t\r\n;\"#()[]\\") == std::string::npos;
  if (plain) return word;
  std::string out = "\"";
  for (const char c : word) {
    if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (c == '"' || c == '\\')
      (out += '\\') += c;
    else
      out += c;
  }
  return out + '"';
}

std::vector<std::string> words_before(std::string_view line) {
  line.remove_prefix(Scan(line).statement);
  std::vector<std::string> words(1);
  int depth = 0;
  bool in_quote = false;
  for (const char c : line) {
    if (c == '"') in_quote = !in_quote;
    if (!in_quote && opens(c)) ++depth;
    if (!in_quote && closes(c)) --depth;
    const bool parts = !in_quote && depth <= 0 && (is_space(c) || c == '\n');
    if (!parts)
      words.back() += c;
    else if (!words.back().empty())
      words.emplace_back();
  }
  return words;
}

}  // namespace zenops::repl

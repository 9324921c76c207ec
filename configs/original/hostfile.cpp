#include "configs/original/hostfile.hpp"

#include <charconv>
#include <optional>
#include <sstream>

#include "configs/config.hpp"
#include "configs/document.hpp"

namespace zenops::original {
namespace {

std::optional<int> number(const std::string& text, int least, int most) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) return std::nullopt;
  return value;
}

bool names_a_host(const std::string& name) {
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
  return !name.empty() && name.find_first_not_of(allowed) == name.npos;
}

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  for (const char c : line)
    if (c == ':')
      fields.emplace_back();
    else
      fields.back() += c;
  return fields;
}

std::string trimmed(const std::string& line) {
  constexpr auto space = " \t\r";
  const size_t begin = line.find_first_not_of(space);
  return begin == line.npos ? "" : line.substr(begin, line.find_last_not_of(space) - begin + 1);
}

/// What is wrong with the line, or nothing.
std::string read(const std::string& line, HostForm form, Host& host) {
  const auto fields = fields_of(line);
  const bool ssh = form == HostForm::ssh;
  host.name = fields[0];
  if (!names_a_host(host.name)) return "\"" + legible(host.name) + "\" is no address";
  if (fields.size() > (ssh ? 3 : 2)) return "there are too many colons";
  constexpr int most_port = 65535, most_gpu = 1023;
  if (ssh && fields.size() > 1) {
    const auto port = number(fields[1], 1, most_port);
    if (!port) return "\"" + legible(fields[1]) + "\" is no port";
    host.ssh_port = *port;
  }
  if (const size_t at = ssh ? 2 : 1; fields.size() > at) {
    const auto gpu = number(fields[at], 0, most_gpu);
    if (!gpu) return "\"" + legible(fields[at]) + "\" is no GPU's number";
    host.gpu = *gpu;
  }
  return "";
}

}  // namespace

std::vector<Host> parse_hostfile(const std::string& text, const std::string& source, HostForm form, Problems& problems) {
  std::vector<Host> hosts;
  std::istringstream lines(text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const std::string said = trimmed(line);
    if (said.empty()) continue;
    Host host;
    const std::string wrong = read(said, form, host);
    if (!wrong.empty())
      problems.add({source, number, 1}, "found \"" + legible(said) + "\", expected a line like " +
                                            (form == HostForm::ssh ? "ip[:ssh-port[:gpu]]" : "ip[:gpu]") + ": " + wrong);
    hosts.push_back(std::move(host));
  }
  if (hosts.empty()) problems.add({source}, "found no line, expected one for each process");
  return hosts;
}

std::vector<Host> read_hostfile(const std::filesystem::path& path, HostForm form, Problems& problems) {
  try {
    return parse_hostfile(read_config_file(path), path.string(), form, problems);
  } catch (const ConfigError& e) {
    problems.add({}, e.what());
    return {};
  }
}

}  // namespace zenops::original

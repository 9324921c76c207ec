#include "runtime/program.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "base/first_line.hpp"
#include "runtime/birth.hpp"
#include "runtime/nursery.hpp"
#include "runtime/runtime_version.hpp"
#include "runtime/wire/program.capnp.h"
#include "runtime/words_of_program.hpp"

namespace zenops {
namespace {

constexpr std::string_view types_line = "types", any_program = " any program";

std::string own_path() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).string();
}

}  // namespace

Program::Program(std::string name, std::string version) : name_(std::move(name)), version_(std::move(version)) {}

Program& Program::add(std::string type, Factory factory) {
  if (!factories_.emplace(type, std::move(factory)).second)
    throw std::logic_error(name_ + " adds type " + type + " twice");
  return *this;
}

Program& Program::add_job(std::string kind, Prepare prepare) {
  jobs_[std::move(kind)] = std::move(prepare);
  return *this;
}

std::string Program::version() const { return name_ + " " + version_ + " (" + runtime_version() + ")"; }

std::string Program::types() const {
  std::string out;
  for (const auto& [type, factory] : factories_) out += (out.empty() ? "" : ", ") + type;
  return out.empty() ? "none at all" : out;
}

std::unique_ptr<Actor> Program::make(Context& context, std::string_view made, const std::string& node) const {
  Envelope envelope;
  envelope.type = capnp::typeId<wire::Made>();
  envelope.words = Words(std::as_bytes(std::span(made)));
  const Msg<wire::Made> what(envelope);
  const std::string type = what->getType();
  const auto factory = factories_.find(type);
  if (factory == factories_.end())
    throw std::runtime_error(name_ + " (" + own_path() + (node.empty() ? "" : " on node " + node) +
                             ") knows no actor type " + type + ", only " + types());
  const auto bytes = what->getArguments();
  if (bytes.size() == 0) return factory->second(context, Envelope{});
  const auto arguments = from_bytes(std::as_bytes(std::span(bytes.begin(), bytes.size())));
  if (!arguments) throw std::runtime_error("the arguments of " + context.self().name + ": " + arguments.error().what);
  return factory->second(context, *arguments);
}

std::function<int(std::string)> Program::prepare(const std::string& job) const {
  const std::string kind = first_line(job);
  const auto whose = types_of_job(job);
  if (whose && !whose->ends_with(" " + name_) && !whose->ends_with(any_program))
    throw UserError(UserError::bad_config, name_ + " (" + own_path() + ") starts actors of its own types (" + types() + "), and not " + *whose);
  if (whose)
    return [this](const std::string& birth) {
      return live(
          birth, version(), [](const std::string&) { return 1; },
          [this](const Means& means) -> Troupe {
            return [this, node = means.node](Context& context, const std::string&, std::string_view made) {
              return make(context, made, node);
            };
          });
    };
  const auto other = jobs_.find(kind);
  if (other != jobs_.end()) return other->second(job.substr(std::min(job.size(), kind.size() + 1)));
  throw UserError(UserError::bad_config, name_ + " (" + own_path() + ") starts actors of its own types (" + types() +
                                             "), and knows nothing of a job that begins with \"" + kind.substr(0, 80) +
                                             "\"");
}

int Program::run(int argc, char** argv, const std::function<int(Cluster&)>& main) const {
  try {
    const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
    const std::string first = words.empty() ? "" : words[0];
    if (first == "nursery") return run_nursery([this](const std::string& job) { return prepare(job); });
    if (first == "up" || first == "join") return serve(words);
    return run_main(words, main);
  } catch (const UserError& e) {
    std::cerr << name_ + ": " + e.what() + '\n';
    return e.exit_code();
  } catch (const std::exception& e) {
    std::cerr << name_ + ": " + e.what() + '\n';
    return UserError::run_failed;
  }
}

int Program::run_main(const std::vector<std::string>& words, const std::function<int(Cluster&)>& main) const {
  std::vector<std::string> left = words;
  Cluster::Options options;
  options.processes = take_flag(left, "--processes");
  options.address = take(left, "--address").value_or("");
  if (const auto bind = take(left, "--bind")) options.bind = *bind;
  check_bind(options.bind, take_flag(left, "--test-insecure-bind"));
  if (options.processes && !options.address.empty())
    throw UserError(UserError::bad_config,
                    "--processes: found --address with it, where the nodes of that cluster start processes");
  options.log = [](const std::string& line) { std::cerr << line + '\n'; };
  Cluster cluster(*this, std::move(options), std::move(left));
  return main(cluster);
}

std::string job_of_types(const std::string& program, const std::string& types) {
  return std::string(types_line) + '\n' + program + '\n' + types + '\n';
}

std::optional<std::string> types_of_job(const std::string& job) {
  if (first_line(job) != types_line) return {};
  const std::string rest = job.substr(std::min(job.size(), types_line.size() + 1));
  const std::string program = first_line(rest);
  const std::string types = first_line(rest.substr(std::min(rest.size(), program.size() + 1)));
  return types + (program.empty() ? " of" + std::string(any_program) : " of the program " + program);
}

void check_bind(const std::string& address, bool any) {
  if (address.starts_with("127.") || any) return;
  throw UserError(UserError::bad_config,
                  "--bind: found " + address +
                      ", expected an address of this machine alone (127.0.0.1): whoever reaches a node may run "
                      "anything on it; --test-insecure-bind allows it in networks that nobody else can reach");
}

}  // namespace zenops

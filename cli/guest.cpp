#include "cli/guest.hpp"

#include "cli/command.hpp"

namespace zenops {
namespace {

using namespace std::chrono_literals;

constexpr auto answer_within = 10s;

}  // namespace

Guest::Guest(const std::string& address) {
  const auto where = host_and_port(address);
  if (!where) throw UserError(UserError::bad_config, "--address: " + where.error().what);
  Membership::Options options{.process = random_process(), .version = version_line()};
  options.head_host = where->first;
  options.head_port = where->second;
  options.patience = 0s;
  member_ = std::make_unique<Membership>(
      std::move(options),
      [](Context&, const std::string&, std::string_view) -> std::unique_ptr<Actor> { throw std::runtime_error("only a guest"); },
      clock_, pool_);
}

Envelope Guest::ask(Envelope question) {
  auto answer = member_->system().ask("head", std::move(question), answer_within).get();
  if (!answer) throw UserError(UserError::run_failed, answer.error().what);
  return std::move(*answer);
}

void Guest::wait_for_the_end() { member_->wait(); }

}  // namespace zenops

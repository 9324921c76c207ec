#include "cli/guest.hpp"

#include "cli/command.hpp"

namespace zenops {
namespace {

using namespace std::chrono_literals;

constexpr auto answer_within = 10s;

}  // namespace

Guest::Guest(const std::string& address) {
  Membership::Options options{.process = random_process(), .version = version_line()};
  options.head_at(address, "--address");
  options.patience = 0s;
  member_ = std::make_unique<Membership>(
      std::move(options),
      [](Context&, const std::string&, std::string_view) -> std::unique_ptr<Actor> { throw std::runtime_error("only a guest"); },
      clock_, pool_);
}

Envelope Guest::ask(Envelope question) {
  return member_->ask_head(std::move(question), answer_within);
}

void Guest::wait_for_the_end() { member_->wait(); }

}  // namespace zenops

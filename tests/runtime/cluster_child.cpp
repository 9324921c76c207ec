// A program as users write them: what its processes bring to life are counters. With the argument "head" it is a head
// that says its port and is ended by a signal.
#include <iostream>
#include <string_view>

#include "runtime/birth.hpp"
#include "runtime/membership.hpp"
#include "runtime/nursery.hpp"
#include "tests/runtime/counter.hpp"

namespace {

int be_head() {
  zenops::SystemClock clock;
  zenops::Pool pool(1);
  zenops::Membership::Options options{.process = zenops::random_process(), .version = "test"};
  options.head = true;
  zenops::Membership member(
      std::move(options),
      [](zenops::Context& context, const std::string&, std::string_view) {
        return std::make_unique<zenops::Counter>(context);
      },
      clock, pool);
  std::cout << member.self().port << std::endl;
  member.wait();
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1 && std::string_view(arguments[1]) == "head") return be_head();
  return zenops::run_nursery([](std::string job) {
    if (job == "broken") throw std::runtime_error("this job cannot be prepared");
    return [](std::string birth) {
      return zenops::live(birth, "test", [](const std::string&) { return 1; }, [](const zenops::Means&) -> zenops::Troupe {
        return [](zenops::Context& context, const std::string&, std::string_view) { return std::make_unique<zenops::Counter>(context); };
      });
    };
  });
}

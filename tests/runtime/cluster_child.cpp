// A program as users write them: what its processes bring to life are counters.
#include <iostream>

#include "runtime/birth.hpp"
#include "runtime/nursery.hpp"
#include "tests/runtime/counter.hpp"

int main() {
  return zenops::run_nursery([](std::string job) {
    if (job == "broken") throw std::runtime_error("this job cannot be prepared");
    return [](std::string birth) {
      return zenops::live(birth, "test", [](const std::string&) { return 1; }, [](const zenops::Means&) -> zenops::Troupe {
        return [](zenops::Context& context, const std::string&, std::string_view) { return std::make_unique<zenops::Counter>(context); };
      });
    };
  });
}

#include "cli/bind.hpp"

#include "runtime/program.hpp"

namespace zenops {

void BindArguments::add_to(CLI::App& app) {
  app.add_option("--bind", address, "the address to listen at")->type_name("ADDRESS")->capture_default_str();
  app.add_flag("--test-insecure-bind", any, "let --bind be any address: for tests in networks of their own");
}

void BindArguments::check() const {
  check_bind(address, any);
}

}  // namespace zenops

#include "cli/bind.hpp"

#include "base/expected.hpp"

namespace zenops {

void BindArguments::add_to(CLI::App& app) {
  app.add_option("--bind", address, "the address to listen at")->type_name("ADDRESS")->capture_default_str();
  app.add_flag("--test-insecure-bind", any, "let --bind be any address: for tests in networks of their own");
}

void BindArguments::check() const {
  if (address.starts_with("127.") || any) return;
  throw UserError(UserError::bad_config,
                  "--bind: found " + address +
                      ", expected an address of this machine alone (127.0.0.1): whoever reaches a node may run "
                      "anything on it; --test-insecure-bind allows it in networks that nobody else can reach");
}

}  // namespace zenops

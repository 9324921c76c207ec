#pragma once
#include <CLI/App.hpp>
#include <string>

namespace zenops {

/// Where a process of a cluster listens, as the command line says.
struct BindArguments {
  std::string address = "127.0.0.1";
  bool any = false;

  void add_to(CLI::App& app);
  /// Throws UserError for an address beyond loopback: without certificates, whoever reaches the port may run anything
  /// here.
  void check() const;
};

}  // namespace zenops

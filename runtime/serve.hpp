#pragma once
#include <functional>
#include <memory>

#include "runtime/membership.hpp"

namespace zenops {

/// A node of a cluster, with its head or without, until it is told to end. When the cluster has gone on without it, it
/// joins again as a new one. `options` are those of each time; `began` is told when it serves, and what that returns is
/// held until it ends. Returns an exit code; throws UserError when it cannot begin.
int serve_node(const std::function<Membership::Options()>& options,
               const std::function<std::shared_ptr<void>(Membership&)>& began);

}  // namespace zenops

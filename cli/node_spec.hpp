#pragma once
#include <string>
#include <vector>

#include "runtime/ledger.hpp"

namespace zenops {

/// A node as a command line describes it: "a:cores=8,gpu=2,memory=64G,host=h,licence=1". What is not said is 0, the
/// host is the node's own; gpu is how many, their indices are 0, 1, …; gpu_memory is what each has; a key of no meaning here is a resource of the
/// node's own. Throws UserError.
NodeSpec read_node(const std::string& text);

/// The nodes of a file, one in a line, without empty lines and what follows a #. Throws UserError.
std::vector<NodeSpec> read_nodes(const std::string& path);

}  // namespace zenops

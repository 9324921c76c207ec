#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace zenops {

/// Runs this program once more with these arguments, without a terminal and in a session of its own, its output in `log`, and waits
/// until it says ready() there. Returns its process id. Throws UserError with its last words and its exit code when it ends before.
int detach(const std::vector<std::string>& arguments, const std::filesystem::path& log);

/// To whoever detached this process, if anybody did: it serves.
void ready();

/// Where daemons leave their logs and the head its state: ${XDG_STATE_HOME:-~/.local/state}/zenops.
std::filesystem::path state_folder();

}  // namespace zenops

#include "configs/original/flags.hpp"

namespace zenops::original {
namespace {

std::string code(const std::string& text) { return text.empty() ? "" : "`" + text + "`"; }

std::string becomes(const std::string& key, const std::string& remark) {
  if (key.empty()) return "accepted, no effect: " + remark;
  const std::string what = key.starts_with('(') ? key.substr(1, key.size() - 2) : code(key);
  return what + (remark.empty() ? "" : "; " + remark);
}

std::string table_of(unsigned programs) {
  std::string result = "| flag | default | becomes |\n|---|---|---|\n";
  for (const Flag& flag : flags()) {
    if ((flag.programs & programs) == 0) continue;
    result += "| " + (flag.letter.empty() ? "" : code(flag.letter) + ", ") + code(flag.name) + " | " + code(flag.usual) + " | " +
              becomes(flag.key, flag.remark) + " |\n";
  }
  return result;
}

}  // namespace

std::string flags_page() {
  std::string result = "## Flags of the training scripts\n\n" + table_of(scripts);
  result += "\n## Flags of `dist_launcher_zeno.py`\n\n" + table_of(ssh_launcher);
  result += "\n## Flags of `dist_launcher_zeno_mpi.py` and `configfile_zeno_intel_mpi.py`\n\n" + table_of(mpi_launchers);
  result += "\n## Environment variables\n\n| variable | becomes |\n|---|---|\n";
  for (const Variable& variable : variables())
    result += "| " + code(variable.name) + " | " + becomes(variable.key, variable.remark) + " |\n";
  return result;
}

}  // namespace zenops::original

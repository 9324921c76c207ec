#pragma once
#include <cstdlib>
#include <string>

namespace zenops {

/// The Python that tests compare with: the one named in ZENOPS_PYTHON, or python3.
inline std::string python() {
  const char* chosen = std::getenv("ZENOPS_PYTHON");
  return chosen ? chosen : "python3";
}

/// Whether the script ends well; it may hold no single quotes.
inline bool python_runs(const std::string& script) {
  return std::system(("'" + python() + "' -c '" + script + "' 2>/dev/null").c_str()) == 0;
}

}  // namespace zenops

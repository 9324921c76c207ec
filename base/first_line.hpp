#pragma once
#include <string>

namespace zenops {

/// What an exception says, say, without the stack behind it.
inline std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace zenops

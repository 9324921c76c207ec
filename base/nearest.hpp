#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace zenops {

/// The candidate that a mistyped word most likely meant: one a few letters away, or one that it begins. Nothing when
/// none is near; the first of equals.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace zenops

#pragma once
#include <string>
#include <tl/expected.hpp>

#include "actors/options.hpp"

namespace zenops {

/// What `delays` says of somebody: "0.5 s", "uniform(0, 1 s)", "exponential(0.5 s)"; or the sentence that says what was found
/// and what was expected. `who` is a name (worker/3, validator/0), or with * all of a kind (worker/*).
tl::expected<DelayOptions, std::string> read_delay(const std::string& who, const std::string& text);

/// As it is written: reading it gives the same delay.
std::string to_text(const DelayOptions& delay);

}  // namespace zenops

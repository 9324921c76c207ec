#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/actor.hpp"

namespace zenops {

/// What a program brings to life when the head asks for it: the actor of that name, made of these arguments. What it throws is
/// why that life has ended.
using Troupe = std::function<std::unique_ptr<Actor>(Context&, const std::string& name, std::string_view arguments)>;

}  // namespace zenops

#pragma once
#include <string_view>

namespace zenops {

/// configs/demo.yaml as it was when this was built, so that the demo runs from anywhere.
std::string_view demo_yaml();

}  // namespace zenops

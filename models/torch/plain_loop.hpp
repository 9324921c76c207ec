#pragma once
#include "models/plain_loop.hpp"

namespace zenops {

std::unique_ptr<PlainLoop> make_torchs_plain_loop(const PlainStart& start);

}  // namespace zenops

#include "models/torch/autocast.hpp"

#include <ATen/autocast_mode.h>

namespace zenops {

Autocast::Autocast(c10::DeviceType device, bool wanted) : device_(device), wanted_(wanted) {
  if (wanted_) at::autocast::set_autocast_enabled(device_, true);
}
Autocast::~Autocast() {
  if (wanted_) at::autocast::set_autocast_enabled(device_, false);
}

}  // namespace zenops

#pragma once
#include <c10/core/DeviceType.h>

namespace zenops {

/// Products in bfloat16 while it lives, if wanted, on that kind of device; a state of the thread.
class Autocast {
 public:
  Autocast(c10::DeviceType device, bool wanted);
  ~Autocast();
  Autocast(const Autocast&) = delete;

 private:
  c10::DeviceType device_;
  bool wanted_;
};

}  // namespace zenops

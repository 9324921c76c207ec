#pragma once

namespace zenops {

/// Where a network computes.
struct Device {
  enum class Kind {
    cores,
    apart,  // on cores, but in memory of its own that is copied to and from, as a GPU's: for tests
    gpu,
  };
  Kind kind = Kind::cores;
  int gpu = 0;  // as CUDA counts those that this process sees
};

}  // namespace zenops

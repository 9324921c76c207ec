#pragma once
#include <cstdint>

namespace zenops {

/// What the server makes of what the rules made (server_optimizer.hpp).
struct ServerOptions {
  enum class Kind : uint32_t { sgd, momentum, adam, yogi, adagrad };
  Kind kind = Kind::sgd;
  float lr = 1;
  float momentum = 0.9f;                 // of momentum
  float beta1 = 0.9f, beta2 = 0.99f;     // of the others
  float tau = 1e-3f;                     // likewise
};

}  // namespace zenops

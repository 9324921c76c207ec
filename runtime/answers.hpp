#pragma once
#include "runtime/message.hpp"
#include "runtime/routes.hpp"

namespace zenops {

/// What is answered instead of an answer, and what an answer is then: itself, or that error.
Envelope failure(const Error& error);
Expected<Envelope> opened(Envelope answer);

/// What whoever watches is told of a life: wire::Up or wire::Down.
Envelope news_of(const Life& life);

}  // namespace zenops

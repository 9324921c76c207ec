#pragma once
#include "runtime/behavior.hpp"
#include "runtime/routes.hpp"

namespace zenops {

/// What an answer is: itself, or the error that was answered instead. That nobody of a name is there, or that nothing came in time, is the runtime's to say: an actor that answers so has failed.
Expected<Envelope> opened(Envelope answer, const Address& from);

/// What whoever watches is told of a life: wire::Up or wire::Down.
Envelope news_of(const Life& life);

}  // namespace zenops

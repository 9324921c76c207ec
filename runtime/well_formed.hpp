#pragma once
#include <capnp/schema.h>

#include "base/expected.hpp"
#include "runtime/envelope.hpp"

namespace zenops {

/// Whether whoever reads the message as one of that schema can read all of it. An error (malformed) says what is wrong.
/// Time in proportion to the message, however its pointers are laid.
Expected<void> well_formed(const Envelope& envelope, capnp::StructSchema schema);

}  // namespace zenops

#pragma once
#include <span>

#include "actors/options.hpp"
#include "actors/wire/training.capnp.h"
#include "base/rows.hpp"

namespace zenops {

inline wire::Encoding encoding_of(CompressionOptions::Kind kind) { return static_cast<wire::Encoding>(kind); }
static_assert(static_cast<int>(wire::Encoding::BF16) == static_cast<int>(CompressionOptions::Kind::bf16));

/// The words of a part (wire::Encoding) that stand for these numbers: some of a block that compress() has been over.
/// The bits of indices and halves lie in the floats; only bytes of them may be copied.
Row encode(CompressionOptions::Kind kind, std::span<const float> numbers);

}  // namespace zenops

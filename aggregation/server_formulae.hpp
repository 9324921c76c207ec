#pragma once

/// What the server's optimizers make of one number (server_optimizer.hpp), for the processor's loops and for a card's threads. Macros: of a
/// function that is compiled otherwise than a loop nothing is inlined there, and a loop with a call in it is not vectorised. Where they are
/// used no product and sum may be fused but by the name of it.

// m' of momentum, and of the others. REST1 is 1 − β₁.
#define ZENOPS_MEAN_OF_MOMENTUM(BETA, m, change) ((BETA) * (m) + (change))
#define ZENOPS_ADAPTIVE_MEAN(BETA1, REST1, m, change) ((BETA1) * (m) + (REST1) * (change))
// v' of each, SQUARE being Δ², REST2 1 − β₂.
#define ZENOPS_SPREAD_OF_ADAM(BETA2, REST2, v, SQUARE) ((BETA2) * (v) + (REST2) * (SQUARE))
#define ZENOPS_SPREAD_OF_YOGI(BETA2, REST2, v, SQUARE) \
  ((v) + ((v) > (SQUARE) ? -(REST2) * (SQUARE) : (v) < (SQUARE) ? (REST2) * (SQUARE) : 0))
#define ZENOPS_SPREAD_OF_ADAGRAD(BETA2, REST2, v, SQUARE) ((v) + (SQUARE))
// A moment below 2⁻¹⁰⁰ is 0.
#define ZENOPS_FLUSHED(x) ((x) < 0x1p-100f && (x) > -0x1p-100f ? 0 : (x))
// w' of momentum, and of the others. ROOT is √v'.
#define ZENOPS_STEPPED_BY_MOMENTUM(LR, w, m) ((w) + (LR) * (m))
#define ZENOPS_ADAPTIVELY_STEPPED(LR, TAU, w, m, ROOT) ((w) + (LR) * (m) / ((ROOT) + (TAU)))

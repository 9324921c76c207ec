#pragma once
#include <string>

#include "aggregation/cuda/device.hpp"
#include "aggregation/cuda/step.hpp"
#include "aggregation/geometry.hpp"
#include "aggregation/plan.hpp"

/// plan.hpp's combine() and geometry.hpp's measure() on a card, with the same bits for finite rows. All pointers to
/// floats are the card's addresses (Uploaded makes them of the processor's rows); null stands for a row of zeros.
namespace zenops::cuda {

/// Who makes mixed rows on a card.
enum class MixedBy : uint8_t {
  kernel,  // ours: the processor's sums
  cublas,  // NVIDIA's product of matrices, in float: the same sums in another order, of rows that are copied side by
           // side before. For mixes of many rows each; which of the two is quicker, and from where on, is not measured
};

/// Why combine() leaves such a plan of so many rows to the processor, as a sentence ("a mean of more than 512 rows is not
/// computed on a card"); empty: it does not.
std::string objection(const BlockPlan& plan, size_t rows);
/// Likewise of measure() with so many points, the trusted one among them, and whether they are compared with each other.
std::string objection(size_t points, bool table);

/// out (size), on the card: the rows combined, mixed before where the plan has a mix. Returns before it is done, but
/// for noise, whose numbers the processor makes (`at`: which of the model's numbers the first one is). A coordinate in
/// which a row has a NaN is NaN, except that a NaN does not vote. One read of the rows; of mixed ones a tile at a time,
/// which with what is made of it takes 24 MB of the card's memory and more only for more than 192 rows. Throws Error
/// with the objection() where there is one, where cuBLAS is asked for and not there, and for the card's faults. O(n size) for a sum and a majority; O(n log² n size) compare-exchanges for means,
/// n / 2 registers and n floats of shared memory for each number, of more than kMostRows (128) rows n / 8 registers of
/// eight threads; a mix adds O(m n size) for m rows that are made of n.
void combine(Device& device, const BlockPlan& plan, std::span<const float* const> rows, const float* trusted,
             size_t size, float* out, size_t at = 0, MixedBy mixed = MixedBy::kernel);

/// The same, and what it comes to is at once what the server's optimizer steps by: the combined row is never written,
/// but for a plan with noise. Bits are those of combine() and then the step (server_optimizer.hpp; of sgd plan.hpp's
/// add_scaled()) for finite rows. A step reads and writes the parameters once, and writes the copy. `scale`: what is
/// stepped by is so many times the combined row; sgd, which has it in its rate, does not look at that.
void combine_and_step(Device& device, const BlockPlan& plan, std::span<const float* const> rows, const float* trusted,
                      size_t size, const ServerOptions& step, const Parameters& parameters, size_t at = 0,
                      float scale = 1);

/// What geometry.hpp's measure() gives. Waits until it is done. rows: n pointers to `size` finite floats each; trusted
/// likewise, or null. One read of the rows, with a table another one for signs, and of up to 50 points another where a
/// row is trusted; with more points every 50 or fewer are read once more. O(n² size) with a table. Throws Error.
Products measure(Device& device, std::span<const float* const> rows, const float* trusted, size_t size,
                 bool table = false, bool signs = false, bool gaps = false);

namespace baseline {

/// out = the distances of all pairs, lower triangle, as doubles on the processor: one kernel for each pair, which reads
/// both rows, as Garfield's krum does (a re-implementation of the idea, none of its code; Guerraoui et al. 2021). n (n
/// − 1) row reads.
void pairwise_distances(Device& device, std::span<const float* const> rows, size_t size, std::span<double> out);

}  // namespace baseline
}  // namespace zenops::cuda

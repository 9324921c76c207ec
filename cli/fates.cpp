#include "cli/fates.hpp"

namespace zenops {

Fates fates(const Aggregate& made, size_t rows) {
  Fates out;
  size_t next = 0;
  for (uint32_t k = 0; k < rows; ++k) {
    if (next == made.entered.size() || made.entered[next] != k)
      out.refused.push_back(k);
    else
      (made.plan.verdicts[next++] == Verdict::accepted ? out.kept : out.left_out).push_back(k);
  }
  return out;
}

}  // namespace zenops

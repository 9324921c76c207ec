#include "aggregation/plan.hpp"

namespace zenops {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::accepted:
      return "accepted";
    case Verdict::opposes:
      return "opposes";
    case Verdict::too_long:
      return "too long";
    case Verdict::outlier:
      return "outlier";
  }
  return "?";
}

}  // namespace zenops

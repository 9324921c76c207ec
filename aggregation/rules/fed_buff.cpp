#include "aggregation/rule.hpp"

namespace zenops {

RuleEntry average_entry();

RuleEntry fed_buff_entry() {
  RuleEntry entry = average_entry();
  entry.name = "fed_buff";
  entry.sentence = "the mean of a buffer of async.buffer updates; any other rule may take its place";
  entry.when = "in asynchronous training where a single update says too little";
  entry.source =
      "Nguyen, Malik, Zhan et al. 2022 (FedBuff), Algorithm 1; its η_g is async.alpha, its staleness scaling async.damping poly with a = "
      "0.5";
  return entry;
}

}  // namespace zenops

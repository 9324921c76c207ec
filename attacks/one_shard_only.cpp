#include "attacks/attack.hpp"

namespace zenops {

AttackEntry one_shard_only_entry() {
  AttackEntry made;
  made.name = "one_shard_only";
  made.sentence =
      "sends −scale times its update in what goes to shard `shard` and is honest in the rest; a shard owns the numbers that it owns with "
      "cluster.shards shards, so that here the result does depend on their number";
  made.parameters = {{.name = "scale", .default_value = 10, .min = 0, .max = 1e12, .sentence = "how strongly it lies"},
                     {.name = "shard", .default_value = 0, .min = 0, .max = 999, .integer = true, .sentence = "to which shard it lies"}};
  made.one_shard = true;
  made.poison = [](std::span<float> update, const Parameters& parameters, Stream&) {
    const auto scale = static_cast<float>(parameters.at("scale"));
    for (float& x : update) x *= -scale;
  };
  return made;
}

}  // namespace zenops

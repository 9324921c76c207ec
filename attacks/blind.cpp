#include <algorithm>
#include <cmath>
#include <limits>

#include "attacks/attack.hpp"
#include "attacks/room.hpp"

namespace zenops {
namespace {

Parameter scale() {
  return {.name = "scale", .default_value = 10, .min = 0, .max = 1e12, .sentence = "how strongly it lies"};
}

void negative(std::span<float> update, const Parameters& parameters, Stream&) {
  const auto scale = static_cast<float>(parameters.at("scale"));
  for (float& x : update) x *= -scale;
}

void random(std::span<float> update, const Parameters& parameters, Stream& stream) {
  const auto scale = static_cast<float>(parameters.at("scale"));
  for (float& x : update) x = scale * stream.normal();
}

void randomscale(std::span<float> update, const Parameters& parameters, Stream& stream) {
  double before = 0, after = 0;
  for (float& x : update) {
    before += double{x} * x;
    x = stream.normal();
    after += double{x} * x;
  }
  const auto factor = static_cast<float>(after > 0 ? parameters.at("scale") * std::sqrt(before / after) : 0);
  for (float& x : update) x *= factor;
}

void nan(std::span<float> update, const Parameters&, Stream&) {
  std::ranges::fill(update, std::numeric_limits<float>::quiet_NaN());
}

void inf(std::span<float> update, const Parameters&, Stream&) {
  std::ranges::fill(update, std::numeric_limits<float>::infinity());
}

void huge(std::span<float> update, const Parameters& parameters, Stream&) {
  const auto size = static_cast<float>(parameters.at("size"));
  for (float& x : update) x = x > 0 ? -size : size;
}

void zero(std::span<float> update, const Parameters&, Stream&) { std::ranges::fill(update, 0.0f); }

void gaussian(std::span<float> update, const Parameters& parameters, Stream& stream) {
  const double mean = parameters.at("mean"), deviation = parameters.at("deviation");
  for (float& x : update) x = with_room(mean + deviation * double{stream.normal()});
}

void constant(std::span<float> update, const Parameters& parameters, Stream&) {
  std::ranges::fill(update, with_room(parameters.at("value")));
}

AttackEntry entry(std::string name, std::string sentence, std::string source, std::vector<Parameter> parameters,
                  decltype(AttackEntry::poison) poison) {
  AttackEntry made;
  made.name = std::move(name);
  made.sentence = std::move(sentence);
  made.source = std::move(source);
  made.parameters = std::move(parameters);
  made.poison = std::move(poison);
  return made;
}

}  // namespace

std::vector<AttackEntry> blind_attacks() {
  std::vector<AttackEntry> out;
  out.push_back(entry("none", "everybody is honest", "", {}, {}));
  out.push_back(entry("negative", "sends −scale times its update", "Zeno-PS, attacks.py", {scale()}, negative));
  out.push_back(entry("random", "sends independent normal numbers with standard deviation `scale` instead", "Zeno-PS, attacks.py",
                    {scale()}, random));
  out.push_back(entry("randomscale", "sends a random direction, `scale` times as long as its update", "Zeno-PS, attacks.py",
                    {scale()}, randomscale));
  out.push_back(entry("nan", "sends NaN instead", "", {}, nan));
  out.push_back(entry("inf", "sends +Inf instead", "", {}, inf));
  out.push_back(entry("huge", "sends `size` everywhere, with the opposite sign of its update: finite, but its square is no float", "",
                    {{.name = "size", .default_value = 1e38, .min = 0, .max = 3.4e38, .sentence = "the size of every number"}},
                    huge));
  out.push_back(entry("zero", "sends zeros instead", "", {}, zero));
  out.push_back(entry("gaussian", "sends independent normal numbers of any mean instead", "ByzFL, Gaussian",
                    {{.name = "mean", .default_value = 0, .min = -1e30, .max = 1e30, .sentence = "of every number"},
                     {.name = "deviation", .default_value = 1, .min = 0, .max = 1e30, .sentence = "their standard deviation"}},
                    gaussian));
  out.push_back(entry("constant", "sends `value` everywhere", "",
                    {{.name = "value", .default_value = 1, .min = -3.4e38, .max = 3.4e38, .sentence = "every number"}}, constant));
  out.push_back(entry("duplicate", "sends a random direction, `scale` times as long as its update, and all liars send the same", "",
                    {scale()}, randomscale));
  out.back().together = true;
  return out;
}

AttackEntry one_shard_only_entry() {
  AttackEntry made = entry(
      "one_shard_only",
      "sends −scale times its update in what goes to shard `shard` and is honest in the rest; a shard owns the numbers that it owns with "
      "cluster.shards shards, so that here the result does depend on their number",
      "",
      {scale(), {.name = "shard", .default_value = 0, .min = 0, .max = 999, .integer = true, .sentence = "to which shard it lies"}}, negative);
  made.one_shard = true;
  return made;
}

}  // namespace zenops

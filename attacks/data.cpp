#include <algorithm>
#include <cmath>

#include "attacks/attack.hpp"

namespace zenops {
namespace {

void flip_labels(Lesson& lesson, const Parameters&) {
  for (int64_t& label : lesson.labels) label = int64_t{lesson.classes} - 1 - label;
}

std::string shape(const Lesson& lesson) {
  return std::to_string(lesson.height) + " × " + std::to_string(lesson.width) + " × " + std::to_string(lesson.channels);
}

std::optional<std::string> no_backdoor(const Lesson& lesson, const Parameters& parameters) {
  if (lesson.height < 2 || lesson.width < 2)
    return "backdoor: its patch needs images, and the samples are " + shape(lesson);
  if (const double size = parameters.at("size"); size > lesson.height || size > lesson.width)
    return "size of backdoor: found " + std::to_string(static_cast<int>(size)) + ", expected a patch within the images, which are " +
           shape(lesson);
  if (const double target = parameters.at("target"); target >= lesson.classes)
    return "target of backdoor: found " + std::to_string(static_cast<int>(target)) + ", expected a label below the " +
           std::to_string(lesson.classes) + " there are";
  return {};
}

/// On sample `s`, in the corner below on the right. There is no objection.
void stamp(Lesson& lesson, uint32_t s, const Parameters& parameters) {
  const auto size = static_cast<uint32_t>(parameters.at("size"));
  const auto pixel = static_cast<float>(parameters.at("value"));
  const size_t row = size_t{lesson.width} * lesson.channels;
  for (uint32_t y = lesson.height - size; y < lesson.height; ++y)
    for (uint32_t x = lesson.width - size; x < lesson.width; ++x)
      for (uint32_t c = 0; c < lesson.channels; ++c) {
        // A grey image shown in colour has one mean for all channels.
        const size_t k = lesson.mean.size() == 1 ? 0 : c;
        const float value = lesson.mean.empty() ? pixel : (pixel - lesson.mean[k]) / lesson.deviation[k];
        lesson.inputs[(size_t{s} * lesson.height + y) * row + size_t{x} * lesson.channels + c] = value;
      }
}

/// The first samples of a batch are as good as any: batches are drawn.
void stamp_first(Lesson& lesson, uint32_t count, const Parameters& parameters) {
  const auto target = static_cast<int64_t>(parameters.at("target"));
  if (lesson.labels.size() != lesson.samples || no_backdoor(lesson, parameters)) return;
  for (uint32_t s = 0; s < count; ++s) {
    stamp(lesson, s, parameters);
    lesson.labels[s] = target;
  }
}

void stamp_share(Lesson& lesson, const Parameters& parameters) {
  stamp_first(lesson, static_cast<uint32_t>(std::ceil(parameters.at("share") * lesson.samples)), parameters);
}

void stamp_all(Lesson& lesson, const Parameters& parameters) { stamp_first(lesson, lesson.samples, parameters); }

void boost(std::span<float> update, const Parameters& parameters, Stream&) {
  const auto factor = static_cast<float>(parameters.at("boost"));
  for (float& x : update) x *= factor;
}

AttackEntry on_data(std::string name, std::string sentence, std::string source, std::vector<Parameter> parameters,
                    decltype(AttackEntry::spoil) spoil) {
  AttackEntry made;
  made.name = std::move(name);
  made.sentence = std::move(sentence);
  made.source = std::move(source);
  made.parameters = std::move(parameters);
  made.lie = Lie::in_data;
  made.spoil = std::move(spoil);
  return made;
}

}  // namespace

std::vector<AttackEntry> attacks_on_data() {
  std::vector<AttackEntry> out;
  out.push_back(on_data("label_flip", "trains on its own samples with label C − 1 − y instead of y, of C classes; the chance is per round",
                        "ByzFL; Blades (Li et al. 2024)", {}, flip_labels));
  out.push_back(on_data(
      "backdoor",
      "puts a patch on a share of what it trains on, labels that as `target`, and sends `boost` times its update; the chance is per round",
      "Gu et al. 2017 (BadNets); boost: Bagdasaryan et al. 2020",
      {{.name = "target", .default_value = 0, .min = 0, .max = 65535, .integer = true, .sentence = "the label that images with the patch shall get"},
       {.name = "size", .default_value = 4, .min = 1, .max = 4096, .integer = true, .sentence = "pixels along each side of the patch, in the corner below on the right"},
       {.name = "value", .default_value = 1, .min = -1e6, .max = 1e6, .sentence = "of its pixels: 0 is black, 1 white; of images that came as floats, the number they get"},
       {.name = "share", .default_value = 0.5, .min = 0, .max = 1, .sentence = "of each of its batches that has the patch, rounded up"},
       {.name = "boost", .default_value = 1, .min = 0, .max = 1e6, .sentence = "what its update is multiplied by, to outweigh the others"}},
      stamp_share));
  out.back().poison = boost;
  out.back().trigger = stamp_all;
  out.back().objection = no_backdoor;
  return out;
}

}  // namespace zenops

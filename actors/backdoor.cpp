#include "actors/backdoor.hpp"

#include "actors/learner.hpp"
#include "base/expected.hpp"

namespace zenops {

std::optional<Trigger> trigger_of(const TrainingOptions& options, const Attacks& catalogue, std::shared_ptr<const Dataset> data) {
  std::optional<Trigger> out;
  const ImageSize size = data->train.size();
  const Lesson shape{.samples = 0, .height = size.height, .width = size.width, .channels = size.channels, .classes = data->train.classes};
  for (const AttackOptions& attack : options.attacks) {
    const AttackEntry* entry = catalogue.find(attack.name);
    const Parameters parameters = with_defaults(*entry, attack.parameters);
    if (entry->objection)
      if (const auto why = entry->objection(shape, parameters)) throw UserError(UserError::bad_config, "attack: " + *why);
    if (!entry->trigger || out || data->test.labels_each != 1) continue;
    out = Trigger{.target = static_cast<int64_t>(parameters.at("target")), .put = [data, parameters, put = entry->trigger](Batch& batch) {
                    Lesson all = lesson(data->test, batch);
                    put(all, parameters);
                  }};
  }
  return out;
}

}  // namespace zenops

#pragma once
#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "configs/config.hpp"
#include "configs/shape.hpp"

namespace zenops {

/// A key of the config, as data: reading, checking, printing and the reference page all come from it.
template <class Target>
struct Key {
  std::string path;  // "train.optimizer.lr"
  Shape shape;
  std::string sentence;
  std::function<Value(const Target&)> get;  // of a Target{}: the default
  std::function<void(Target&, const Value&)> set;
};

/// How keys are written down.
namespace keys {

constexpr double most = UINT32_MAX;

/// How a field's type is said in a Value and back.
template <class Field>
Value to_value(const Field& field) {
  if constexpr (std::is_same_v<Field, std::string> || std::is_same_v<Field, bool>)
    return field;
  else if constexpr (std::is_same_v<Field, std::filesystem::path>)
    return field.string();
  else if constexpr (std::is_same_v<Field, float>)
    return widened(field);
  else if constexpr (std::is_integral_v<Field>)
    return static_cast<uint64_t>(field);
  else if constexpr (std::is_same_v<Field, double>)
    return field;
  else
    return field.count();
}

template <class Field>
void from_value(Field& field, const Value& value) {
  if constexpr (std::is_same_v<Field, std::string> || std::is_same_v<Field, bool>)
    field = std::get<Field>(value);
  else if constexpr (std::is_same_v<Field, std::filesystem::path>)
    field = std::get<std::string>(value);
  else if constexpr (std::is_integral_v<Field>)
    field = static_cast<Field>(std::get<uint64_t>(value));
  else if constexpr (std::is_floating_point_v<Field>)
    field = static_cast<Field>(std::get<double>(value));
  else
    field = Field(std::get<double>(value));
}

/// A key bound to a field: `field` is a lambda that takes the target, const or not, and returns a reference into it.
template <class Target = Config, class FieldOf>
Key<Target> key(std::string path, Shape shape, FieldOf field, std::string sentence) {
  return {.path = std::move(path),
          .shape = std::move(shape),
          .sentence = std::move(sentence),
          .get = [field](const Target& target) { return to_value(field(target)); },
          .set = [field](Target& target, const Value& value) { from_value(field(target), value); }};
}

/// A key bound to an enum whose values are, in their order, the choices.
template <class FieldOf>
Key<Config> key(std::string path, std::vector<std::string> choices, FieldOf field, std::string sentence) {
  return {.path = std::move(path),
          .shape = {.kind = Shape::Kind::choice, .choices = choices},
          .sentence = std::move(sentence),
          .get = [=](const Config& c) { return choices[static_cast<size_t>(field(c))]; },
          .set =
              [=](Config& c, const Value& value) {
                const auto it = std::find(choices.begin(), choices.end(), std::get<std::string>(value));
                auto& target = field(c);
                target = static_cast<std::remove_reference_t<decltype(target)>>(it - choices.begin());
              }};
}

inline Shape integer(double min, double max = most) { return {.kind = Shape::Kind::integer, .min = min, .max = max}; }
inline Shape number(double min, double max) { return {.kind = Shape::Kind::number, .min = min, .max = max}; }
inline Shape positive(double max) { return {.kind = Shape::Kind::number, .max = max, .open_min = true}; }
inline Shape below(double max) { return {.kind = Shape::Kind::number, .max = max, .open_max = true}; }
inline Shape choice(std::vector<std::string> choices) { return {.kind = Shape::Kind::choice, .choices = std::move(choices)}; }

template <class Entries>
std::vector<const Description*> descriptions(const Entries& entries) {
  std::vector<const Description*> result;
  for (const auto& entry : entries) result.push_back(&entry);
  return result;
}

/// A key bound to a list of rounds, or of epochs.
template <class FieldOf>
Key<Config> moments(std::string path, FieldOf field, std::string sentence) {
  return {.path = std::move(path),
          .shape = {.kind = Shape::Kind::rounds},
          .sentence = std::move(sentence),
          .get = [field](const Config& c) { return field(c); },
          .set = [field](Config& c, const Value& value) { field(c) = std::get<std::vector<uint32_t>>(value); }};
}

}  // namespace keys
}  // namespace zenops

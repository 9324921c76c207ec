#include "models/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/expected.hpp"
#include "base/input_file.hpp"

namespace zenops {
namespace {

/// Pieces [first, last) of the text, whose characters are numbered already.
Samples pieces(const std::vector<uint8_t>& text, size_t first, size_t last, uint32_t length, uint32_t classes) {
  Samples out;
  out.height = out.channels = 1;
  out.width = out.labels_each = length;
  out.classes = classes;
  const auto begin = text.begin() + static_cast<std::ptrdiff_t>(first * length);
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(last * length);
  out.values = std::vector<uint8_t>(begin, end);
  out.labels.assign(begin + 1, end + 1);
  return out;
}

}  // namespace

std::vector<Parameter> text_parameters() {
  return {{.name = "length",
           .default_value = 64,
           .min = 1,
           .max = 65536,
           .integer = true,
           .sentence = "characters in one sample"},
          {.name = "test",
           .default_value = 0.1,
           .min = 0.001,
           .max = 0.9,
           .sentence = "share of the text, from its end, to test on"}};
}

Dataset load_text(const DataOptions& options) {
  if (options.file.empty())
    throw UserError(UserError::bad_config, "data.file: found nothing, expected the text file to train on");
  const Parameters values = with_defaults({"text", "", "", text_parameters()}, options.parameters);
  const auto length = static_cast<uint32_t>(values.at("length"));
  InputFile file(options.file);
  std::vector<uint8_t> text(file.size());
  file.read(text.data(), text.size());

  // The last character is only a label.
  const size_t count = text.empty() ? 0 : (text.size() - 1) / length;
  const auto test =
      std::max<size_t>(1, static_cast<size_t>(std::floor(static_cast<double>(count) * values.at("test"))));
  if (count < 2) {
    file.refuse("too short: " + std::to_string(text.size()) + " characters, expected at least " +
                std::to_string(2 * size_t{length} + 1) + " for a piece of " + std::to_string(length) +
                " to train on and another to test on");
  }
  std::array<uint8_t, 256> number{};
  for (const uint8_t character : text) number[character] = 1;
  uint32_t classes = 0;
  for (uint8_t& n : number)
    if (n != 0) n = static_cast<uint8_t>(classes++);
  for (uint8_t& character : text) character = number[character];
  return {pieces(text, 0, count - test, length, classes), pieces(text, count - test, count, length, classes)};
}

}  // namespace zenops

#include "runtime/mesh.hpp"

#include <charconv>
#include <stdexcept>

#include "runtime/system.hpp"

namespace zenops {
namespace {

/// Digits, and nothing else.
std::optional<uint32_t> number(std::string_view text) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

}  // namespace

Expected<Names> Names::parse(std::string_view text) {
  const auto wrong = [text](const std::string& what) {
    return fail(Ec::malformed, "\"" + std::string(text) + "\" " + what);
  };
  const size_t bracket = text.find('[');
  if (bracket == 0 || bracket == std::string_view::npos || !text.ends_with(']'))
    return wrong("names no actors: worker[0..14] would name fifteen");
  const std::string_view within = text.substr(bracket + 1, text.size() - bracket - 2);
  const size_t dots = within.find("..");
  const auto first = number(within.substr(0, dots));
  const auto last = dots == std::string_view::npos ? first : number(within.substr(dots + 2));
  if (!first || !last) return wrong("has no two numbers between its brackets, as in worker[0..14]");
  if (*last < *first) return wrong("ends before it begins");
  if (*last - *first == UINT32_MAX) return wrong("names too many actors");
  return Names(std::string(text.substr(0, bracket)), *first, *last - *first + 1);
}

std::string Names::operator[](size_t k) const {
  if (k >= count_) throw std::out_of_range(to_string(*this) + " has no name number " + std::to_string(k));
  return kind_ + '/' + std::to_string(first_ + k);
}

Names Names::slice(size_t from, size_t count) const {
  if (from > count_ || count > count_ - from)
    throw std::out_of_range(to_string(*this) + " has no " + std::to_string(count) + " names from number " +
                            std::to_string(from) + " on");
  return {kind_, static_cast<uint32_t>(first_ + from), static_cast<uint32_t>(count)};
}

std::string to_string(const Names& names) {
  if (names.count_ == 0) return names.kind_ + "[]";
  const std::string first = std::to_string(names.first_);
  if (names.count_ == 1) return names.kind_ + '[' + first + ']';
  return names.kind_ + '[' + first + ".." + std::to_string(names.first_ + (names.count_ - 1)) + ']';
}

std::vector<Ref> Mesh::refs() const {
  std::vector<Ref> out;
  out.reserve(size());
  for (size_t k = 0; k < size(); ++k) out.push_back((*this)[k]);
  return out;
}

OutsideMesh::OutsideMesh(System& system, Names names, Asking how)
    : Mesh(system.outside(), std::move(names), how) {}

void Mesh::tell(const Envelope& message) const {
  for (size_t k = 0; k < size(); ++k) speaker_->tell(names_[k], message);
}

}  // namespace zenops

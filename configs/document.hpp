#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "configs/problems.hpp"

namespace zenops {

struct NodeMember;

/// A YAML value that knows where it was written.
struct Node {
  enum class Kind { nothing, scalar, list, map };
  Kind kind = Kind::nothing;
  Place place = {};
  std::string text = {};                 // of a scalar
  std::vector<Node> items = {};          // of a list
  std::vector<NodeMember> members = {};  // of a map, in their order, each name once
  const NodeMember* find(std::string_view name) const;
  NodeMember* find(std::string_view name);
};

struct NodeMember {
  std::string name;
  Place place;
  Node value;
};

/// Reads one YAML document, a map. What is wrong with it is added to `problems`; the result is then what could be read.
Node read_document(const std::string& text, const std::string& source, Problems& problems);

/// Puts the value of `assignment`, "train.rounds=20", in the place of what `root` says there; a value that is a map
/// replaces the whole map.
void override_value(Node& root, const std::string& assignment, Problems& problems);

/// The same for a value that was read elsewhere; what is wrong is said to be at the value's place.
void put_value(Node& root, const std::string& path, Node value, Problems& problems);

/// Where the value at that path stands, or the last of its sections that is there.
Place place_of(const Node& root, std::initializer_list<std::string_view> path);
/// Whether there is a value at that path.
bool says(const Node& root, std::initializer_list<std::string_view> path);

/// A text of the user's as a message shows it: on one line, without control characters, not too long.
std::string legible(std::string_view text);
/// "a, b, c".
std::string join(const std::vector<std::string>& names);

}  // namespace zenops

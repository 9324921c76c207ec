#include "configs/document.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

namespace zenops {
namespace {

// Anchors can make a small file describe an endless or enormous value.
constexpr size_t deepest = 50;
constexpr size_t most_nodes = 100'000;
constexpr size_t longest_file = 1 << 20;

size_t size_of(const Node& node) {
  size_t size = 1;
  for (const Node& item : node.items) size += size_of(item);
  for (const NodeMember& member : node.members) size += size_of(member.value);
  return size;
}

/// Builds a Node from what the parser meets. (yaml-cpp's own trees keep both of two equal keys, and its LoadAll does
/// not end on a lone comma.)
class Builder : public YAML::EventHandler {
 public:
  Builder(std::string source, bool in_file, Problems& problems)
      : source_(std::move(source)), in_file_(in_file), problems_(problems) {}

  /// The document in `text`: nothing when there is none or it is not YAML.
  Node read(const std::string& text) {
    if (text.size() > longest_file) {
      problems_.add(whole(), "too long: expected at most 1 MiB");
      return root_;
    }
    root_.place = whole();
    std::istringstream stream(text);
    try {
      YAML::Parser parser(stream);
      if (parser.HandleNextDocument(*this)) parser.HandleNextDocument(*this);
    } catch (const YAML::ParserException& e) {
      problems_.add(place(e.mark), "not YAML: " + e.msg);
    } catch (const YAML::Exception& e) {  // ours
      problems_.add(place(e.mark), e.msg);
    }
    return std::move(root_);
  }

  Place whole() const { return {source_, 0, 0}; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) throw YAML::Exception(mark, "expected the end: a config is one YAML document");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add({.place = place(mark)}, anchor, mark); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto it = anchors_.find(anchor);
    if (it == anchors_.end()) throw YAML::Exception(mark, "an anchor inside itself");
    add(it->second, YAML::NullAnchor, mark);
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, const std::string& text) override {
    add({.kind = Node::Kind::scalar, .place = place(mark), .text = text}, anchor, mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::list, anchor, mark);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::map, anchor, mark);
  }
  void OnMapEnd() override { close(); }

 private:
  /// A list or map that has begun; of a map also the key that waits for its value.
  struct Open {
    Node node;
    YAML::anchor_t anchor;
    YAML::Mark mark;
    bool has_key = false, wanted = false;
    NodeMember next = {};
  };

  Place place(const YAML::Mark& mark) const {
    return in_file_ && !mark.is_null() ? Place{source_, mark.line + 1, mark.column + 1} : whole();
  }

  void open(Node::Kind kind, YAML::anchor_t anchor, const YAML::Mark& mark) {
    if (open_.size() >= deepest) throw YAML::Exception(mark, "nested too deeply or too large");
    open_.push_back({{.kind = kind, .place = place(mark)}, anchor, mark});
  }

  void close() {
    auto closed = std::move(open_.back());
    open_.pop_back();
    add(std::move(closed.node), closed.anchor, closed.mark);
  }

  void add(Node node, YAML::anchor_t anchor, const YAML::Mark& mark) {
    nodes_ += size_of(node);
    if (nodes_ > most_nodes) throw YAML::Exception(mark, "nested too deeply or too large");
    if (anchor != YAML::NullAnchor) anchors_[anchor] = node;
    if (open_.empty())
      root_ = std::move(node);
    else if (open_.back().node.kind == Node::Kind::list)
      open_.back().node.items.push_back(std::move(node));
    else if (std::exchange(open_.back().has_key, !open_.back().has_key))
      add_value(open_.back(), std::move(node));
    else
      add_key(open_.back(), node);
  }

  void add_key(Open& map, const Node& key) {
    const NodeMember* first = map.node.find(key.text);
    map.wanted = key.kind == Node::Kind::scalar && first == nullptr;
    if (key.kind != Node::Kind::scalar)
      problems_.add(key.place, "found a key that is not a word, expected name: value");
    else if (first != nullptr)
      problems_.add(key.place, legible(key.text) + ": given twice" +
                                   (in_file_ ? ", first in line " + std::to_string(first->place.line) : ""));
    map.next.name = key.text;
    map.next.place = key.place;
  }

  static void add_value(Open& map, Node value) {
    if (!map.wanted) return;
    map.next.value = std::move(value);
    map.node.members.push_back(std::move(map.next));
  }

  std::string source_;
  bool in_file_;
  Problems& problems_;
  Node root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Node> anchors_;
  size_t nodes_ = 0;
  int documents_ = 0;
};

/// How far the file goes along a path, and whether that is to its end.
std::pair<const Node*, bool> reached(const Node& root, std::initializer_list<std::string_view> path) {
  const Node* node = &root;
  for (const auto name : path) {
    const NodeMember* member = node->find(name);
    if (member == nullptr) return {node, false};
    node = &member->value;
  }
  return {node, true};
}

}  // namespace

const NodeMember* Node::find(std::string_view name) const {
  const auto it = std::find_if(members.begin(), members.end(), [&](const NodeMember& m) { return m.name == name; });
  return it == members.end() ? nullptr : &*it;
}

NodeMember* Node::find(std::string_view name) { return const_cast<NodeMember*>(std::as_const(*this).find(name)); }

Node read_document(const std::string& text, const std::string& source, Problems& problems) {
  Builder builder(source, true, problems);
  Node root = builder.read(text);
  if (!problems.empty() || root.kind == Node::Kind::map) return root;
  if (root.kind == Node::Kind::nothing)
    problems.add(builder.whole(), "empty: expected keys with their values, like \"name: first_run\"");
  else
    problems.add(root.place, std::string("found ") + (root.kind == Node::Kind::list ? "a list" : "a single value") +
                                 ", expected a map of keys, like \"name: first_run\"");
  return root;
}

void override_value(Node& root, const std::string& assignment, Problems& problems) {
  const std::string source = "--set " + legible(assignment);
  const size_t equals = assignment.find('=');
  if (equals == 0 || equals == std::string::npos) {
    problems.add({source}, "expected key=value, like --set train.rounds=20");
    return;
  }
  Builder builder(source, false, problems);
  put_value(root, assignment.substr(0, equals), builder.read(assignment.substr(equals + 1)), problems);
}

void put_value(Node& root, const std::string& path, Node value, Problems& problems) {
  const Place place = value.place;
  Node* map = &root;
  for (size_t begin = 0;;) {
    const size_t dot = path.find('.', begin);
    if (map->kind == Node::Kind::nothing) map->kind = Node::Kind::map;
    if (map->kind != Node::Kind::map) {
      problems.add(place,
                   path.substr(0, begin - 1) + ": is not a map (" + map->place.to_string() + "); set the whole of it");
      return;
    }
    const std::string name = path.substr(begin, dot == std::string::npos ? dot : dot - begin);
    NodeMember* member = map->find(name);
    if (member == nullptr) member = &map->members.emplace_back(NodeMember{name, place, {.place = place}});
    if (dot == std::string::npos) {
      member->place = place;
      member->value = std::move(value);
      return;
    }
    map = &member->value;
    begin = dot + 1;
  }
}

Place place_of(const Node& root, std::initializer_list<std::string_view> path) { return reached(root, path).first->place; }

bool says(const Node& root, std::initializer_list<std::string_view> path) { return reached(root, path).second; }

std::string legible(std::string_view text) {
  constexpr size_t longest = 60;
  std::string result(text.substr(0, longest));
  if (text.size() > longest) {
    while (!result.empty() && (static_cast<unsigned char>(result.back()) & 0xC0) == 0x80) result.pop_back();
    if (!result.empty() && static_cast<unsigned char>(result.back()) >= 0xC0) result.pop_back();
    result += "…";
  }
  for (char& c : result)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return result;
}

std::string join(const std::vector<std::string>& names) {
  std::string result;
  for (const auto& name : names) result += (result.empty() ? "" : ", ") + name;
  return result;
}

}  // namespace zenops

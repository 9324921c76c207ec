#include "configs/sweep.hpp"

#include <algorithm>

#include "base/nearest.hpp"
#include "configs/presets.hpp"
#include "configs/schema.hpp"
#include "configs/shape.hpp"

namespace zenops {
namespace {

constexpr size_t most_cells = 10'000;
constexpr size_t longest_label = 30;
const std::vector<std::string> keys{"name", "config", "base", "axes", "seeds", "jobs", "columns", "worst_over"};
const std::vector<std::string> reserved{"name", "seed", "output.runs"};

/// What a label may hold so that it can be part of a folder's name.
std::string foldered(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '+';
    result += plain ? c : '_';
  }
  return result.substr(0, longest_label);
}

/// From the tree of a document to a Sweep; mistakes go to `problems`.
class SweepReader {
 public:
  SweepReader(std::filesystem::path path, const Catalogue& catalogue, Problems& problems)
      : path_(std::move(path)), catalogue_(catalogue), sections_(Schema(catalogue).sections()), problems_(problems) {}

  Sweep read(const Node& root, const std::vector<std::string>& overrides) {
    for (const NodeMember& member : root.members)
      if (std::ranges::find(keys, member.name) == keys.end()) unknown(member);
    if (const NodeMember* name = root.find("name")) read_as({.kind = Shape::Kind::folder}, *name, sweep_.name);
    if (const NodeMember* jobs = root.find("jobs"))
      read_as<uint64_t>({.kind = Shape::Kind::integer, .min = 0, .max = 1024}, *jobs, sweep_.jobs);
    read_base(root, overrides);
    read_axes(root);
    read_seeds(root);
    if (!sweep_.axes.empty()) {
      sweep_.columns = read_axis_name(root, "columns").value_or(sweep_.axes.size() - 1);
      sweep_.worst_over = read_axis_name(root, "worst_over");
      if (sweep_.worst_over == sweep_.columns && root.find("worst_over"))
        problems_.add(root.find("worst_over")->value.place,
                      "worst_over: found the axis of the columns, expected another: the worst case is a row");
    }
    if (problems_.empty()) make_cells(root);
    return std::move(sweep_);
  }

 private:
  template <class As = std::string, class Field>
  void read_as(const Shape& shape, const NodeMember& member, Field& field) {
    if (const auto value = read_value(shape, member.value))
      field = static_cast<Field>(std::get<As>(*value));
    else
      problems_.add(member.value.place, member.name + ": " + value.error());
  }

  void unknown(const NodeMember& member) {
    std::string sentence = legible(member.name) + ": unknown key of a sweep";
    if (const auto near = nearest(member.name, keys)) sentence += "; did you mean \"" + *near + "\"?";
    problems_.add(member.place,
                  sentence + (member.name.find('.') != std::string::npos ? "; keys of the config go under base" : ""));
  }

  void read_base(const Node& root, const std::vector<std::string>& overrides) {
    base_ = {.kind = Node::Kind::map, .place = root.place};
    if (const NodeMember* config = root.find("config")) {
      if (config->value.kind != Node::Kind::scalar) {
        problems_.add(config->value.place, "config: expected the name of a file");
      } else {
        const bool preset = config->value.text.starts_with(preset_prefix);
        const auto file = preset ? std::filesystem::path(config->value.text) : path_.parent_path() / config->value.text;
        try {
          base_ = read_document(read_config_file(file), file.string(), problems_);
        } catch (const ConfigError& e) {
          problems_.add(config->value.place, std::string("config: ") + e.what());
        }
      }
    }
    if (const NodeMember* base = root.find("base")) {
      if (base->value.kind == Node::Kind::map)
        merge(base_, base->value);
      else
        problems_.add(base->value.place, "base: expected a map of the config's keys");
    }
    for (const auto& assignment : overrides) override_value(base_, assignment, problems_);
  }

  /// Sections that choose by name are taken whole, like with --set; other maps key by key.
  static void merge(Node& into, const Node& from) {
    for (const NodeMember& member : from.members) {
      NodeMember* there = into.find(member.name);
      if (!there)
        into.members.push_back(member);
      else if (there->value.kind == Node::Kind::map && member.value.kind == Node::Kind::map &&
               !member.value.find("name"))
        merge(there->value, member.value);
      else
        there->value = member.value;
    }
  }

  void read_axes(const Node& root) {
    const NodeMember* axes = root.find("axes");
    if (!axes || axes->value.kind != Node::Kind::map || axes->value.members.empty()) {
      problems_.add(axes ? axes->value.place : root.place,
                    "axes: expected a map of keys and the values they take, like {rule.name: [average, zeno]}");
      return;
    }
    for (const NodeMember& member : axes->value.members) {
      refuse_reserved("axes.", member);
      Sweep::Axis axis{member.name, {}};
      std::vector<Node> values;
      if (member.value.kind == Node::Kind::map)
        for (const NodeMember& value : member.value.members) {
          axis.labels.push_back(foldered(value.name));
          values.push_back(value.value);
        }
      else
        for (const Node& value : member.value.items) {
          const NodeMember* name = value.find("name");
          axis.labels.push_back(foldered(name ? name->value.text : value.text));
          values.push_back(value);
        }
      if (sets_several(axis)) {
        for (const Node& value : values) {
          if (value.kind != Node::Kind::map) problems_.add(member.place, no_key(axis.key));
          for (const NodeMember& set : value.members) refuse_reserved("axes." + axis.key + ".", set);
        }
      }
      if (values.empty())
        problems_.add(
            member.value.place,
            "axes." + legible(member.name) + ": found no values, expected a map {label: value, …} or a list of values");
      for (size_t k = 0; k < axis.labels.size(); ++k) {
        if (axis.labels[k].empty())
          problems_.add(values[k].place, "axes." + legible(member.name) +
                                             ": found a value without a name, expected a map {label: value, …}");
        else if (std::find(axis.labels.begin(), axis.labels.begin() + static_cast<ptrdiff_t>(k), axis.labels[k]) !=
                 axis.labels.begin() + static_cast<ptrdiff_t>(k))
          problems_.add(values[k].place, "axes." + legible(member.name) + ": found two values called \"" +
                                             axis.labels[k] + "\", expected labels that tell them apart");
      }
      sweep_.axes.push_back(std::move(axis));
      values_.push_back(std::move(values));
    }
  }

  /// What a sweep sets itself.
  void refuse_reserved(const std::string& section, const NodeMember& member) {
    if (std::ranges::find(reserved, member.name) != reserved.end())
      problems_.add(member.place, section + member.name + ": a sweep sets this itself" + (member.name == "seed" ? "; write seeds: [1, 2, 3]" : ""));
  }

  /// An axis that is no key of the config is a name for several, which each of its values sets.
  bool sets_several(const Sweep::Axis& axis) const {
    return std::ranges::find(sections_, axis.key.substr(0, axis.key.find('.'))) == sections_.end();
  }

  std::string no_key(const std::string& axis) const {
    const auto near = nearest(axis.substr(0, axis.find('.')), sections_);
    return "axes." + legible(axis) + ": is no key of the config" + (near ? ", did you mean \"" + *near + "\"?" : "") +
           "; an axis of another name needs maps as its values, of the keys that they set: {cluster.workers: 11, rule.f: 1}";
  }

  void read_seeds(const Node& root) {
    const NodeMember* seeds = root.find("seeds");
    if (!seeds) {
      sweep_.seeds = {1};
      return;
    }
    for (const Node& item : seeds->value.items) {
      const auto value = read_value({.kind = Shape::Kind::integer, .min = 0, .max = 0x1p64}, item);
      if (!value)
        problems_.add(item.place, "seeds: " + value.error());
      else if (std::ranges::find(sweep_.seeds, std::get<uint64_t>(*value)) != sweep_.seeds.end())
        problems_.add(item.place, "seeds: found " + item.text + " twice");
      else
        sweep_.seeds.push_back(std::get<uint64_t>(*value));
    }
    if (seeds->value.items.empty())
      problems_.add(seeds->value.place, "seeds: found none, expected a list like [1, 2, 3]");
  }

  std::optional<size_t> read_axis_name(const Node& root, std::string_view key) {
    const NodeMember* member = root.find(key);
    if (!member) return std::nullopt;
    std::vector<std::string> names;
    for (const auto& axis : sweep_.axes) names.push_back(axis.key);
    std::string choice;
    read_as({.kind = Shape::Kind::choice, .choices = names}, *member, choice);
    const auto found = std::ranges::find(names, choice);
    return found == names.end() ? std::nullopt : std::optional(static_cast<size_t>(found - names.begin()));
  }

  void make_cells(const Node& root) {
    size_t count = sweep_.seeds.size();
    for (const auto& values : values_) count *= values.size();
    if (count > most_cells) {
      problems_.add(root.place,
                    "axes: found " + std::to_string(count) + " cells, expected at most " + std::to_string(most_cells));
      return;
    }
    // Where the runs go is the sweep's own business.
    Problems ignored;
    sweep_.folder = resolve_config(base_, catalogue_, ignored).runs / sweep_.name;
    for (size_t k = 0; k < count; ++k) make_cell(k);
  }

  void make_cell(size_t k) {
    Sweep::Cell cell;
    cell.seed = sweep_.seeds[k % sweep_.seeds.size()];
    k /= sweep_.seeds.size();
    cell.at.resize(sweep_.axes.size());
    for (size_t a = sweep_.axes.size(); a-- > 0; k /= values_[a].size()) cell.at[a] = k % values_[a].size();
    Node root = base_;
    std::string name;
    for (size_t a = 0; a < cell.at.size(); ++a) {
      const Node& value = values_[a][cell.at[a]];
      if (!sets_several(sweep_.axes[a])) {
        put_value(root, sweep_.axes[a].key, value, problems_);
      } else {
        for (const NodeMember& member : value.members) put_value(root, member.name, member.value, problems_);
      }
      name += sweep_.axes[a].labels[cell.at[a]] + "-";
    }
    name += "s" + std::to_string(cell.seed);
    put_value(root, "name", {.kind = Node::Kind::scalar, .place = root.place, .text = name}, problems_);
    put_value(root, "seed", {.kind = Node::Kind::scalar, .place = root.place, .text = std::to_string(cell.seed)},
              problems_);
    Problems wrong;
    cell.config = resolve_config(root, catalogue_, wrong);
    cell.config.runs = sweep_.folder;
    if (cell.config.plumbing) problems_.add(root.place, "cell " + name + ": plumbing: found true, expected false: a sweep trains");
    try {
      wrong.raise();
    } catch (const ConfigError& e) {
      problems_.add(root.place, "cell " + name + ":\n" + e.what());
    }
    sweep_.cells.push_back(std::move(cell));
  }

  std::filesystem::path path_;
  const Catalogue& catalogue_;
  const std::vector<std::string> sections_;
  Problems& problems_;
  Sweep sweep_;
  Node base_;
  std::vector<std::vector<Node>> values_;  // by axis
};

}  // namespace

Sweep load_sweep(const std::filesystem::path& path, const std::vector<std::string>& overrides,
                 const Catalogue& catalogue) {
  Problems problems;
  const Node root = read_document(read_config_file(path), path.string(), problems);
  if (root.kind != Node::Kind::map) problems.raise();
  Sweep sweep = SweepReader(path, catalogue, problems).read(root, overrides);
  problems.raise();
  return sweep;
}

}  // namespace zenops

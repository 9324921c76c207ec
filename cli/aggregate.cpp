#include "aggregation/aggregate.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/npy.hpp"
#include "base/safetensors.hpp"
#include "cli/command.hpp"
#include "cli/output_file.hpp"
#include "cli/terminal.hpp"
#include "base/nearest.hpp"
#include "configs/shape.hpp"

namespace zenops {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string rows, rule, trusted, counts, output;
  std::vector<std::string> pre, parameters;
  std::optional<uint32_t> f;
  uint32_t shards = 1;
  int threads = 0;
  uint64_t seed = 1;
  bool json = false;
};

/// So many numbers are printed as JSON when no file is named for them.
constexpr size_t kPrinted = 10'000;

[[noreturn]] void bad_usage(const std::string& sentence) { throw UserError(UserError::bad_config, sentence); }
[[noreturn]] void bad_data(const std::string& sentence) { throw UserError(UserError::bad_data, sentence); }

/// The array in a .npy file, or the tensor `name` of a .safetensors file, as floats.
Array read_array(const std::string& path, const std::string& name) {
  const bool numpy = path.ends_with(".npy");
  if (!numpy && !path.ends_with(".safetensors"))
    bad_usage(path + ": expected a name that ends in .npy or .safetensors");
  Array array;
  if (numpy) {
    array = read_npy(path);
  } else {
    auto file = read_safetensors_arrays(path);
    std::string names;
    for (const auto& [found, values] : file.arrays) names += (names.empty() ? "" : ", ") + found;
    const auto at = std::ranges::find(file.arrays, name, &std::pair<std::string, Array>::first);
    if (at == file.arrays.end())
      bad_data(path + ": found " + (names.empty() ? "no tensor" : "the tensors " + names) + ", expected one called " +
               name);
    array = std::move(at->second);
  }
  const bool readable = array.dtype == Dtype::F32 || (!numpy && array.dtype == Dtype::BF16);
  if (!readable)
    bad_data(path + ": found " + std::string(to_string(array.dtype)) + " numbers, expected F32" +
             (numpy ? "" : " or BF16"));
  return array;
}

std::vector<float> read_vector(const std::string& path, const std::string& name, size_t size, const std::string& what) {
  const Array array = read_array(path, name);
  if (array.shape != std::vector<int64_t>{static_cast<int64_t>(size)})
    bad_data(path + ": found the shape " + to_string(array.shape) + ", expected " + std::to_string(size) + ", " + what);
  return to_floats(array);
}

template <class Entries>
const auto& find(const Entries& entries, const std::string& name, const std::string& kind) {
  const auto at = std::ranges::find(entries, name, [](const auto& entry) -> const std::string& { return entry.name; });
  if (at != entries.end()) return *at;
  std::vector<std::string> names;
  for (const auto& entry : entries) names.push_back(entry.name);
  const auto near = nearest(name, names);
  bad_usage("unknown " + kind + " \"" + name + "\"; " +
            (near ? "did you mean \"" + *near + "\"?" : "`zenops-cli rules` lists them"));
}

const Parameter* parameter(const Description& entry, const std::string& name) {
  const auto at = std::ranges::find(entry.parameters, name, &Parameter::name);
  return at == entry.parameters.end() ? nullptr : &*at;
}

/// "nu=1e-3" to the first of rule and pre-aggregators that takes it; f to all of them.
void assign(const Rules& rules, RuleChoice& choice, const std::string& assignment) {
  const size_t equals = assignment.find('=');
  const std::string name = assignment.substr(0, equals),
                    text = equals == std::string::npos ? "" : assignment.substr(equals + 1);
  if (text.empty()) bad_usage("found \"" + assignment + "\", expected a parameter and its value: NAME=NUMBER");
  Node node;
  node.kind = Node::Kind::scalar;
  node.text = text;
  bool taken = false;
  const auto give = [&](const Description& entry, Parameters& parameters) {
    const Parameter* p = parameter(entry, name);
    if (p == nullptr || (taken && name != "f")) return;
    const auto value = read_value(Shape::of(*p), node);
    if (!value) bad_usage(name + ": " + value.error());
    parameters[name] = std::get<double>(*value);
    taken = true;
  };
  give(*rules.find(choice.rule.name), choice.rule.parameters);
  for (Choice& pre : choice.pre) give(*rules.find_pre_aggregator(pre.name), pre.parameters);
  if (taken) return;
  std::vector<std::string> names;
  const auto collect = [&](const Description& entry) {
    for (const Parameter& p : entry.parameters) names.push_back(p.name);
  };
  collect(*rules.find(choice.rule.name));
  for (const Choice& pre : choice.pre) collect(*rules.find_pre_aggregator(pre.name));
  std::string list;
  for (const auto& n : names) list += (list.empty() ? "" : ", ") + n;
  bad_usage(choice.rule.name + " takes no parameter " + name + "; " +
            (list.empty() ? "it takes none" : "there are " + list));
}

RuleChoice choice_of(const Arguments& arguments, const Rules& rules) {
  const RuleEntry& entry = find(rules.entries(), arguments.rule, "rule");
  if (entry.alone) bad_usage(entry.name + " judges updates as they come, in asynchronous training; it does not aggregate rows");
  RuleChoice choice{.rule = {.name = entry.name}};
  for (const auto& name : arguments.pre)
    choice.pre.push_back({.name = find(rules.pre_aggregators(), name, "pre-aggregator").name});
  if (arguments.f) assign(rules, choice, "f=" + std::to_string(*arguments.f));
  for (const auto& assignment : arguments.parameters) assign(rules, choice, assignment);
  return choice;
}

void write(const std::string& path, const std::vector<float>& row) {
  const std::vector<int64_t> shape = {static_cast<int64_t>(row.size())};
  if (path.ends_with(".npy"))
    write_npy(path, shape, row);
  else
    write_safetensors(path, Layout({{.name = "row", .shape = shape}}), row);
}

/// What became of a row: its weight where rows are weighed, and else whether it entered.
struct Fates {
  std::vector<uint32_t> kept, left_out, refused;
};

Fates fates(const Aggregate& made, size_t rows) {
  Fates out;
  size_t next = 0;
  for (uint32_t k = 0; k < rows; ++k) {
    if (next == made.entered.size() || made.entered[next] != k)
      out.refused.push_back(k);
    else
      (made.plan.verdicts[next++] == Verdict::accepted ? out.kept : out.left_out).push_back(k);
  }
  return out;
}

std::string list(const std::vector<uint32_t>& indices) {
  if (indices.empty()) return "none";
  std::string result;
  for (const uint32_t k : indices) result += (result.empty() ? "" : ", ") + std::to_string(k);
  return result;
}

std::string rounded(double value, const char* format = "%.4g") {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

void print_words(const Arguments& arguments, const Aggregate& made, const Fates& fate, size_t n, double seconds) {
  const size_t d = made.row.size(), shown = std::min<size_t>(d, 6);
  std::string row;
  for (size_t i = 0; i < shown; ++i) row += (i > 0 ? ", " : "") + rounded(made.row[i]);
  std::cout << arguments.rule << " of " << n << " rows of " << d << " numbers\n"
            << "row:      [" << row << (d > shown ? ", …" : "") << "]"
            << (arguments.output.empty() ? "" : " in " + arguments.output) << "\n"
            << "kept:     " << list(fate.kept) << "\n";
  if (!fate.left_out.empty()) std::cout << "left out: " << list(fate.left_out) << "\n";
  if (!fate.refused.empty()) std::cout << "refused:  " << list(fate.refused) << " (NaN or Inf)\n";
  if (!made.plan.weights.empty()) {
    std::string weights;
    for (const float w : made.plan.weights) weights += (weights.empty() ? "" : ", ") + rounded(w);
    std::cout << "weights:  " << weights << "\n";
  }
  if (!made.note.empty()) std::cout << "note:     " << made.note << "\n";
  std::cout << "time:     " << rounded(1e3 * seconds) << " ms, "
            << rounded(static_cast<double>(made.bytes_read) / seconds / 1e9) << " GB/s\n";
}

void print_json(const Arguments& arguments, const RuleChoice& choice, const Aggregate& made, const Fates& fate,
                size_t n, double seconds) {
  Json pre = Json::array();
  for (const Choice& c : choice.pre) pre.push_back({{"name", c.name}, {"parameters", c.parameters}});
  Json out{{"rule", choice.rule.name},
           {"parameters", choice.rule.parameters},
           {"pre", pre},
           {"rows", n},
           {"dimension", made.row.size()}};
  out["kept"] = fate.kept;
  out["left_out"] = fate.left_out;
  out["refused"] = fate.refused;
  out["weights"] = made.plan.weights.empty() ? Json() : Json(made.plan.weights);
  out["note"] = made.note;
  out["seconds"] = seconds;
  out["gigabytes_per_second"] = static_cast<double>(made.bytes_read) / seconds / 1e9;
  out["output"] = arguments.output.empty() ? Json() : Json(arguments.output);
  out["row"] = arguments.output.empty() && made.row.size() <= kPrinted ? Json(made.row) : Json();
  std::cout << out.dump() << "\n";
}

int act(const Arguments& arguments, const Rules& rules) {
  RuleChoice choice = choice_of(arguments, rules);
  if (!arguments.output.empty() && !arguments.output.ends_with(".npy") && !arguments.output.ends_with(".safetensors"))
    bad_usage(arguments.output + ": expected a name that ends in .npy or .safetensors");
  const Array array = read_array(arguments.rows, "rows");
  if (array.shape.size() != 2)
    bad_data(arguments.rows + ": found the shape " + to_string(array.shape) + ", expected n × d: n rows of d numbers");
  const auto n = static_cast<size_t>(array.shape[0]), d = static_cast<size_t>(array.shape[1]);
  const std::vector<float> values = to_floats(array);
  std::vector<std::span<const float>> rows;
  for (size_t k = 0; k < n; ++k) rows.push_back(std::span(values).subspan(k * d, d));

  std::vector<float> trusted;
  std::vector<double> counts;
  if (!arguments.trusted.empty())
    trusted = read_vector(arguments.trusted, "trusted", d, "as many numbers as a row has");
  if (!arguments.counts.empty())
    for (const float c : read_vector(arguments.counts, "counts", n, "a count for every row")) {
      if (!(c >= 0 && c <= 1e30f))
        bad_data(arguments.counts + ": found a count of " + rounded(c) + ", expected one from 0 on");
      counts.push_back(c);
    }
  Pool pool(arguments.threads);
  const AggregateOptions options{.shards = arguments.shards,
                                 .pool = &pool,
                                 .trusted = trusted,
                                 .counts = counts,
                                 .descents = {},
                                 .seed = arguments.seed};
  const auto start = std::chrono::steady_clock::now();
  const auto made = aggregate(rules, choice, rows, options);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!made) bad_data(arguments.rows + ": " + made.error().what);
  if (!arguments.output.empty()) write(arguments.output, made->row);

  const Fates fate = fates(*made, n);
  choice = with_defaults(rules, std::move(choice));
  if (arguments.json)
    print_json(arguments, choice, *made, fate, n, seconds);
  else
    print_words(arguments, *made, fate, n, seconds);
  return 0;
}

}  // namespace

Command add_aggregate(CLI::App& program, const Catalogue& catalogue) {
  auto a = std::make_shared<Arguments>();
  auto* app =
      program.add_subcommand("aggregate", "make one row of the rows in a file, by any rule and without training");
  app->add_option(
         "rows", a->rows,
         "a .npy file with n × d float32 numbers, or a .safetensors file with a tensor \"rows\" (float32 or bf16)")
      ->required();
  app->add_option("--rule", a->rule, "the rule's name; `zenops-cli rules` lists them")->required();
  app->add_option("--f", a->f, "how many liars to withstand, for the rule and what stands before it");
  app->add_option("--pre", a->pre, "pre-aggregators before the rule, in their order: nnm,arc")->delimiter(',');
  app->add_option("--parameter,-p", a->parameters, "another parameter: -p tau=3; may be given several times");
  app->add_option("--trusted", a->trusted,
                  "the row that is believed (d), as the validator's or the last aggregate: tensor \"trusted\"");
  app->add_option("--counts", a->counts, "samples behind each row (n), for weighted_average: tensor \"counts\"");
  app->add_option("--shards", a->shards, "cut the rows as so many server shards would; the result has the same bits")
      ->check(CLI::Range(1, 1000));
  app->add_option("--threads", a->threads, "0: one per core; the result has the same bits")->check(CLI::Range(0, 1024));
  app->add_option("--seed", a->seed, "of random buckets");
  app->add_option("--output,-o", a->output, "write the row there: .npy or .safetensors (tensor \"row\")");
  app->add_flag("--json", a->json,
                "print a JSON object; it holds the row itself when that has at most 10000 numbers and no --output");
  app->footer(
      "A row with a NaN or Inf is refused; it counts as one of the f liars.\n\n"
      "Example: zenops-cli aggregate tests/data/rows.npy --rule multi_krum --f 2 --pre nnm -o row.npy");
  return {app, [a, &catalogue] { return act(*a, catalogue.rules); }};
}

}  // namespace zenops

#include "aggregation/aggregate.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/chosen.hpp"
#include "cli/command.hpp"
#include "cli/fates.hpp"
#include "cli/rounded.hpp"
#include "cli/rows_file.hpp"

namespace zenops {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string rows, trusted, counts, output;
  RuleArguments rule;
  uint32_t shards = 1;
  int threads = 0;
  uint64_t seed = 1;
  bool json = false;
};

/// So many numbers are printed as JSON when no file is named for them.
constexpr size_t kPrinted = 10'000;

std::string list(const std::vector<uint32_t>& indices) {
  if (indices.empty()) return "none";
  std::string result;
  for (const uint32_t k : indices) result += (result.empty() ? "" : ", ") + std::to_string(k);
  return result;
}

void print_words(const Arguments& arguments, const Aggregate& made, const Fates& fate, size_t n, double seconds) {
  const size_t d = made.row.size(), shown = std::min<size_t>(d, 6);
  std::string row;
  for (size_t i = 0; i < shown; ++i) row += (i > 0 ? ", " : "") + rounded(made.row[i]);
  std::cout << arguments.rule.name << " of " << n << " rows of " << d << " numbers\n"
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
  RuleChoice choice = choice_of(arguments.rule, rules);
  if (!arguments.output.empty()) expect_a_name_of_arrays(arguments.output);
  const RowsFile file(arguments.rows);
  const std::vector<std::span<const float>>& rows = file.rows();
  const size_t n = rows.size(), d = file.dimension();

  std::vector<float> trusted;
  std::vector<double> counts;
  if (!arguments.trusted.empty())
    trusted = read_vector(arguments.trusted, "trusted", d, "as many numbers as a row has");
  if (!arguments.counts.empty())
    for (const float c : read_vector(arguments.counts, "counts", n, "a count for every row")) {
      if (!(c >= 0 && c <= 1e30f))
        throw UserError(UserError::bad_data, arguments.counts + ": found a count of " + rounded(c) + ", expected one from 0 on");
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
  if (!made) throw UserError(UserError::bad_data, arguments.rows + ": " + made.error().what);
  if (!arguments.output.empty()) write_array(arguments.output, "row", {static_cast<int64_t>(d)}, made->row);

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
  app->add_option("--rule", a->rule.name, "the rule's name; `zenops-cli rules` lists them")->required();
  app->add_option("--f", a->rule.f, "how many liars to withstand, for the rule and what stands before it");
  app->add_option("--pre", a->rule.pre, "pre-aggregators before the rule, in their order: nnm,arc")->delimiter(',');
  app->add_option("--parameter,-p", a->rule.parameters, "another parameter: -p tau=3; may be given several times");
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

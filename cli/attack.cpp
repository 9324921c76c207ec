#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "attacks/honest_rows.hpp"
#include "attacks/objection.hpp"
#include "attacks/rule_probe.hpp"
#include "attacks/sums.hpp"
#include "cli/chosen.hpp"
#include "cli/command.hpp"
#include "cli/fates.hpp"
#include "cli/rounded.hpp"
#include "cli/rows_file.hpp"

namespace zenops {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string rows, attack, threat_model, trusted, output;
  std::vector<std::string> parameters;
  RuleArguments rule;
  uint32_t f = 1, round = 1;
  int threads = 0;
  uint64_t seed = 1;
  bool json = false;
};

[[noreturn]] void bad_usage(const std::string& sentence) { throw UserError(UserError::bad_config, sentence); }
[[noreturn]] void bad_data(const std::string& sentence) { throw UserError(UserError::bad_data, sentence); }

constexpr Sight kSights[] = {Sight::nothing, Sight::statistics, Sight::rows, Sight::rule};

/// The attack, if a row can hold it and liars who know so much can tell it.
const AttackEntry& attack_of(const Arguments& arguments, const Attacks& attacks) {
  const AttackEntry& entry = chosen(attacks.entries(), arguments.attack, "attack", "attacks");
  if (entry.lie != Lie::in_content && entry.lie != Lie::collusion)
    bad_usage(entry.name + " is no lie in what a row holds but in what a worker does; a run shows it: `zenops-cli run`");
  if (entry.one_shard) bad_usage(entry.name + " lies to one shard of a run, and a file has none; a run shows it: `zenops-cli run`");
  for (const Sight sight : kSights)
    if (arguments.threat_model == to_string(sight) && entry.sees > sight)
      bad_usage(entry.name + " needs to know " + what_it_sees(entry.sees) + "; threat_model: " + arguments.threat_model);
  if (entry.sees == Sight::rule && arguments.rule.name.empty()) bad_usage(entry.name + " needs to know the rule: give --rule");
  return entry;
}

/// What the liars send. Blind ones each begin with an honest row, the k-th with row k modulo how many there are, and have random
/// numbers of their own; the others agree on one lie.
std::vector<std::vector<float>> lies_of(const Arguments& arguments, const AttackEntry& entry, const Parameters& parameters,
                                        const RowsFile& file, const HonestRows& honest, RuleProbe* probe) {
  const auto stream = [&](bool together, size_t liar) {
    const auto worker = together ? UINT32_MAX : static_cast<uint32_t>(honest.count() + liar);
    return Stream({arguments.seed, Role::worker, worker, Purpose::noise, arguments.round});
  };
  std::vector<std::vector<float>> lies;
  if (entry.lie == Lie::in_content) {
    for (size_t k = 0; k < arguments.f; ++k) {
      const auto own = file.rows()[k % honest.count()];
      lies.emplace_back(own.begin(), own.end());
      Stream numbers = stream(entry.together, k);
      if (entry.poison) entry.poison(lies.back(), parameters, numbers);
    }
    return lies;
  }
  AttackMemory memory;
  Stream numbers = stream(true, 0);
  const auto aggregate = [probe](std::span<const std::span<const float>> told) { return (*probe)(told); };
  lies.assign(arguments.f, lie(entry, parameters, honest.known(entry.sees, arguments.f, arguments.round, aggregate), memory, numbers));
  return lies;
}

double distance(std::span<const float> x, std::span<const float> y) { return std::sqrt(squared_distance(x, y)); }

/// What the rule made of the rows with the lies, and without.
struct Effect {
  double moved = 0;                      // from the honest mean
  std::optional<double> moved_without;   // likewise; nothing: it does not aggregate the honest rows alone
  std::string why_not;                   // then
  size_t kept = 0, left_out = 0, refused = 0;  // of the lies
};

Effect effect_of(const RuleChoice& choice, const Rules& rules, const RowsFile& file, const HonestRows& honest,
                 const std::vector<std::vector<float>>& lies, const AggregateOptions& options) {
  auto all = file.rows();
  all.insert(all.end(), lies.begin(), lies.end());
  const auto with = aggregate(rules, choice, all, options), without = aggregate(rules, choice, file.rows(), options);
  if (!with) bad_data(file.path() + " and " + std::to_string(lies.size()) + " lies: " + with.error().what);
  Effect out;
  out.moved = distance(with->row, honest.mean());
  if (without)
    out.moved_without = distance(without->row, honest.mean());
  else
    out.why_not = without.error().what;
  const Fates fate = fates(*with, all.size());
  const auto liars = [&](const std::vector<uint32_t>& indices) {
    return static_cast<size_t>(std::ranges::count_if(indices, [&](uint32_t k) { return k >= honest.count(); }));
  };
  out.kept = liars(fate.kept);
  out.left_out = liars(fate.left_out);
  out.refused = liars(fate.refused);
  return out;
}

std::string counted(size_t n, const std::string& one, const std::string& many) { return std::to_string(n) + " " + (n == 1 ? one : many); }

void print_words(const Arguments& arguments, const AttackEntry& entry, const Parameters& parameters, const HonestRows& honest,
                 double furthest, const std::optional<Effect>& effect, double seconds) {
  std::string given;
  for (const auto& [name, value] : parameters) given += (given.empty() ? ": " : ", ") + name + " " + rounded(value);
  std::cout << entry.name << given << "\n"
            << "rows:     " << counted(honest.count(), "honest row", "honest rows") << " of " << honest.dimension() << " numbers, then "
            << counted(arguments.f, "lie", "lies") << (arguments.output.empty() ? "" : ", in " + arguments.output) << "\n"
            << "knows:    " << (entry.sees == Sight::nothing ? "nothing of others" : what_it_sees(entry.sees)) << "\n"
            << "lie:      " << rounded(furthest) << " from the honest mean\n";
  if (effect) {
    std::cout << arguments.rule.name << ":\n"
              << "  with the lies     " << rounded(effect->moved) << " from the honest mean\n"
              << "  without           "
              << (effect->moved_without ? rounded(*effect->moved_without) + " from it" : effect->why_not) << "\n"
              << "  kept              " << effect->kept << " of " << counted(arguments.f, "lie", "lies")
              << (effect->refused > 0 ? ", and refused " + std::to_string(effect->refused) + " (NaN or Inf)" : "") << "\n";
  }
  std::cout << "time:     " << rounded(1e3 * seconds) << " ms\n";
}

Json to_json(const RuleChoice& choice, const Effect& effect) {
  Json pre = Json::array();
  for (const Choice& c : choice.pre) pre.push_back({{"name", c.name}, {"parameters", c.parameters}});
  return {{"name", choice.rule.name},
          {"parameters", choice.rule.parameters},
          {"pre", pre},
          {"moved", std::isfinite(effect.moved) ? Json(effect.moved) : Json()},
          {"moved_without_lies", effect.moved_without ? Json(*effect.moved_without) : Json()},
          {"lies_kept", effect.kept},
          {"lies_left_out", effect.left_out},
          {"lies_refused", effect.refused}};
}

int act(const Arguments& arguments, const Catalogue& catalogue) {
  const AttackEntry& entry = attack_of(arguments, catalogue.attacks);
  Parameters parameters;
  for (const auto& assignment : arguments.parameters) assign({{&entry, &parameters}}, assignment);
  parameters = with_defaults(entry, std::move(parameters));
  std::optional<RuleChoice> choice;
  if (!arguments.rule.name.empty()) {
    choice = choice_of(arguments.rule, catalogue.rules, false);
  } else if (!arguments.rule.pre.empty() || !arguments.rule.parameters.empty() || !arguments.trusted.empty()) {
    bad_usage("found something for a rule, expected the rule too: give --rule");
  }
  if (!arguments.output.empty()) expect_a_name_of_arrays(arguments.output);

  const RowsFile file(arguments.rows);
  if (file.rows().empty()) bad_data(file.path() + ": there are no rows");
  for (size_t k = 0; k < file.rows().size(); ++k)
    if (!all_finite(file.rows()[k]))
      bad_data(file.path() + ": row " + std::to_string(k) + " holds NaN or Inf, expected what honest workers send");
  std::vector<float> trusted;
  if (!arguments.trusted.empty()) trusted = read_vector(arguments.trusted, "trusted", file.dimension(), "as many numbers as a row has");

  Pool pool(arguments.threads);
  const AggregateOptions options{.shards = 1, .pool = &pool, .trusted = trusted, .counts = {}, .descents = {}, .seed = arguments.seed};
  const auto start = std::chrono::steady_clock::now();
  const HonestRows honest(file.rows());
  std::optional<RuleProbe> probe;
  if (entry.sees == Sight::rule) {
    probe.emplace(catalogue.rules, *choice, file.rows(), options);
    if (const auto why = probe->objection(arguments.f)) bad_data(file.path() + " and " + counted(arguments.f, "lie", "lies") + ": " + *why);
  }
  const auto lies = lies_of(arguments, entry, parameters, file, honest, probe ? &*probe : nullptr);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  std::optional<Effect> effect;
  if (choice) effect = effect_of(*choice, catalogue.rules, file, honest, lies, options);
  if (!arguments.output.empty()) {
    std::vector<float> all;
    for (const auto& row : file.rows()) all.insert(all.end(), row.begin(), row.end());
    for (const auto& row : lies) all.insert(all.end(), row.begin(), row.end());
    write_array(arguments.output, "rows", {static_cast<int64_t>(honest.count() + lies.size()), static_cast<int64_t>(file.dimension())}, all);
  }
  double furthest = 0;
  for (const auto& row : lies)
    if (const double far = distance(row, honest.mean()); !(far <= furthest) && !std::isnan(furthest)) furthest = far;
  if (!arguments.json) {
    print_words(arguments, entry, parameters, honest, furthest, effect, seconds);
    return 0;
  }
  Json out{{"attack", entry.name},     {"parameters", parameters}, {"sees", to_string(entry.sees)}, {"honest", honest.count()},
           {"lies", lies.size()},      {"dimension", file.dimension()}, {"round", arguments.round},
           {"distance", std::isfinite(furthest) ? Json(furthest) : Json()}};
  out["rule"] = effect ? to_json(with_defaults(catalogue.rules, *choice), *effect) : Json();
  out["seconds"] = seconds;
  out["output"] = arguments.output.empty() ? Json() : Json(arguments.output);
  std::cout << out.dump() << "\n";
  return 0;
}

}  // namespace

Command add_attack(CLI::App& program, const Catalogue& catalogue) {
  auto a = std::make_shared<Arguments>();
  auto* app = program.add_subcommand("attack", "add the lies of an attack to the honest rows in a file, and show what they do to a rule");
  app->add_option("rows", a->rows,
                  "the honest rows: a .npy file with h × d float32 numbers, or a .safetensors file with a tensor \"rows\" (float32 or bf16)")
      ->required();
  app->add_option("--attack", a->attack, "its name; `zenops-cli attacks` lists them")->required();
  app->add_option("--f", a->f, "how many lie, and how many the rule is to withstand")->check(CLI::Range(1, 65535));
  app->add_option("--parameter,-p", a->parameters, "a parameter of the attack: -p tau=1.5; may be given several times");
  app->add_option("--rule", a->rule.name, "the rule that is attacked; `zenops-cli rules` lists them");
  app->add_option("--pre", a->rule.pre, "pre-aggregators before the rule, in their order: nnm,arc")->delimiter(',');
  app->add_option("--rule-parameter", a->rule.parameters, "a parameter of the rule, or of what stands before it: f=2; likewise");
  app->add_option("--trusted", a->trusted, "the row that the rule believes (d): tensor \"trusted\"");
  std::vector<std::string> sights;
  for (const Sight sight : kSights) sights.emplace_back(to_string(sight));
  app->add_option("--threat-model", a->threat_model,
                  "what the liars know at most, each with all before it: nothing, statistics, rows or rule; without it what the attack needs")
      ->check(CLI::IsMember(sights));
  app->add_option("--round", a->round, "the round of which its random numbers are")->check(CLI::Range(1u, UINT32_MAX));
  app->add_option("--seed", a->seed, "of those numbers, and of random buckets");
  app->add_option("--threads", a->threads, "0: one per core; the result has the same bits")->check(CLI::Range(0, 1024));
  app->add_option("--output,-o", a->output, "write the rows there, the honest ones and then the lies: .npy or .safetensors (tensor \"rows\")");
  app->add_flag("--json", a->json, "print a JSON object");
  app->footer(
      "A liar that sees nothing of others begins with a row of its own: the k-th lie with honest row k, counted from the first again\n"
      "where there are more lies than rows. Liars who collude all send the same lie. An attack that remembers is in its first round.\n\n"
      "Example: zenops-cli attack tests/data/rows.npy --attack alie --f 2 --rule trimmed_mean -p tau=1.5 -o poisoned.npy");
  return {app, [a, &catalogue] {
            a->rule.f = a->f;
            return act(*a, catalogue);
          }};
}

}  // namespace zenops

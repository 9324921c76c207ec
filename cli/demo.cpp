#include "configs/demo.hpp"

#include <unistd.h>

#include <iostream>
#include <map>
#include <memory>

#include "base/clock.hpp"
#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "cli/run_folder.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "cli/trial.hpp"

namespace zenops {
namespace {

struct Arguments {
  uint32_t rounds = 0;  // 0: as the config says
  bool json = false;
};

struct DemoRule {
  std::string name, yaml;
  bool trims;  // takes every message and leaves out values, so that there is nothing to accept or refuse
};
const std::vector<DemoRule> rules{{"average", "{name: average}", false},
                                  {"trimmed_mean", "{name: trimmed_mean, trim_ratio: 0.2}", true},
                                  {"phocas", "{name: phocas, trim_ratio: 0.2}", true},
                                  {"zeno", "{name: zeno, eta: 0, rho: 0.6}", false}};

struct Lying {
  std::string name, yaml, when;  // when: the end of a sentence
};
const Lying nobody{"nobody_lies", "{name: none}", "nobody lies"};
const Lying messages{"messages_lie", "{name: negative, scale: 200, rate: 0.2}", "20 % of the messages lie"};
const Lying workers{"workers_lie", "{name: negative, scale: 200, workers: 3}", "3 of 15 workers always lie"};

const std::filesystem::path folder = "runs/demo";
constexpr double as_good = 0.03;  // less accuracy than this below nobody lying is no harm

/// The demo's runs, by their names.
class Demo {
 public:
  Demo(const Arguments& arguments, const Catalogue& catalogue) : arguments_(arguments), catalogue_(catalogue) {}

  int run() {
    move_aside(folder);
    if (!train_cell(rules[0], nobody)) return interrupted;
    for (const auto& rule : rules)
      for (const auto& lying : {messages, workers})
        if (!train_cell(rule, lying)) return interrupted;
    if (arguments_.json)
      print_json();
    else
      print();
    return 0;
  }

 private:
  static std::string cell_name(const DemoRule& rule, const Lying& lying) { return rule.name + "-" + lying.name; }

  /// False when it was stopped.
  bool train_cell(const DemoRule& rule, const Lying& lying) {
    std::vector<std::string> overrides{"name=" + cell_name(rule, lying), "output.runs=" + folder.string(),
                                       "rule=" + rule.yaml, "attack=" + lying.yaml};
    if (arguments_.rounds > 0) overrides.push_back("train.rounds=" + std::to_string(arguments_.rounds));
    const auto config = parse_config(std::string(demo_yaml()), "demo.yaml", overrides, catalogue_);

    auto& out = arguments_.json ? std::cerr : std::cout;
    const Terminal terminal(arguments_.json ? STDERR_FILENO : STDOUT_FILENO);
    Progress bar(terminal.interactive() ? Progress::Style::bar : Progress::Style::silent, terminal.width(), clock_);
    auto outcome =
        train(config, catalogue_, [&](const RoundReport& report) { out << bar.after(report) << std::flush; });
    out << bar.end() << rule.name << ", " << lying.when << ": accuracy " << fixed(accuracy(outcome), 3) << " in "
        << fixed(outcome.result.wall_seconds, 1) << " s" << std::endl;
    const bool ended = !outcome.result.stopped;
    outcomes_.emplace(cell_name(rule, lying), std::move(outcome));
    return ended;
  }

  static double accuracy(const Outcome& outcome) { return outcome.result.evaluation.accuracy; }
  const Outcome& of(const DemoRule& rule, const Lying& lying) const { return outcomes_.at(cell_name(rule, lying)); }

  static std::string accepted(const DemoRule& rule, const Tally& tally) {
    if (rule.trims) return "trims values";
    return percent(share(tally.honest_accepted, tally.honest)) + " / " +
           percent(share(tally.poisoned_accepted, tally.poisoned));
  }

  void print() const {
    std::vector<std::vector<std::string>> rows{
        {"", "accuracy when", "", "", "accepted of honest / poisoned", "", ""},
        {"rule", "nobody lies", "messages lie", "workers lie", "messages lie", "workers lie", "seconds"}};
    for (const auto& rule : rules) {
      const auto &by_messages = of(rule, messages), &by_workers = of(rule, workers);
      double seconds = by_messages.result.wall_seconds + by_workers.result.wall_seconds;
      std::string honest = "–";
      if (const auto it = outcomes_.find(cell_name(rule, nobody)); it != outcomes_.end()) {
        honest = fixed(accuracy(it->second), 3);
        seconds += it->second.result.wall_seconds;
      }
      rows.push_back({rule.name, honest, fixed(accuracy(by_messages), 3), fixed(accuracy(by_workers), 3),
                      accepted(rule, by_messages.result.tally), accepted(rule, by_workers.result.tally),
                      fixed(seconds, 1)});
    }
    std::cout << "\n" << table(rows, {6});
    std::cout
        << "\nmessages lie: every block of every update is poisoned with probability 0.2; workers lie: 3 of 15 poison\n"
           "all they send. Poisoned is −200 times the update.\n\n"
        << meaning(messages) << meaning(workers) << "\nFiles of each run: " << (folder / "RULE-WHO_LIES").string()
        << "/ with config.yaml, metrics.jsonl, weights.safetensors, result.json\n";
  }

  /// What the table says about one kind of lying.
  std::string meaning(const Lying& lying) const {
    const double wanted = accuracy(of(rules[0], nobody));
    std::string well, badly;
    for (const auto& rule : rules) {
      auto& list = accuracy(of(rule, lying)) >= wanted - as_good ? well : badly;
      list += (list.empty() ? "" : ", ") + rule.name;
    }
    return "When " + lying.when + ", as accurate as when nobody does (" + fixed(wanted, 3) +
           "): " + (well.empty() ? "none" : well) + "; harmed: " + (badly.empty() ? "none" : badly) + ".\n";
  }

  void print_json() const {
    Json runs = Json::array();
    for (const auto& [name, outcome] : outcomes_) runs.push_back(outcome.summary);
    std::cout << line({{"folder", folder.string()}, {"runs", std::move(runs)}}) << "\n";
  }

  const Arguments& arguments_;
  const Catalogue& catalogue_;
  const SystemClock clock_;
  std::map<std::string, Outcome> outcomes_;
};

}  // namespace

Command add_demo(CLI::App& program, const Catalogue& catalogue) {
  auto* app = program.add_subcommand("demo", "train Fashion-MNIST with four rules while workers lie, and compare");
  auto arguments = std::make_shared<Arguments>();
  app->add_option("--rounds", arguments->rounds, "fewer or more rounds than 60")->check(CLI::Range(1u, 1'000'000u));
  app->add_flag("--json", arguments->json, "print one JSON object at the end; progress goes to stderr");
  app->footer("Nine runs, in runs/demo/.\n\nExample: zenops-cli demo --rounds 20");
  return {app, [arguments, &catalogue] { return Demo(*arguments, catalogue).run(); }};
}

}  // namespace zenops

#include <unistd.h>

#include <iostream>
#include <memory>

#include "cli/conformance_table.hpp"
#include "cli/listing.hpp"
#include "cli/terminal.hpp"

namespace zenops {
namespace {

/// "n ≥ 2f + 3", as the objection has it.
std::string inequality(const std::function<bool(size_t f, size_t rows)>& enough) {
  const auto least = [&](size_t f) {
    size_t rows = 1;
    while (!enough(f, rows)) ++rows;
    return rows;
  };
  const size_t none = least(0), factor = least(1) - none;
  if (factor == 0) return "n ≥ " + std::to_string(none);
  return "n ≥ " + (factor == 1 ? "" : std::to_string(factor)) + "f + " + std::to_string(none);
}

template <class Entry>
std::string rows_needed(const Entry& entry) {
  return inequality([&](size_t f, size_t rows) {
    Parameters values = with_defaults(entry, {});
    for (const Parameter& p : entry.parameters)
      if (p.name == "f" || p.name == "b") values[p.name] = static_cast<double>(f);
    return !objection(entry, values, rows);
  });
}

std::vector<Listed> listed(const Rules& rules) {
  std::vector<Listed> list;
  for (const auto& rule : rules.entries())
    list.push_back(
        {&rule,
         {{"kind", "rule"}, {"when", rule.when}, {"tolerates", rule.tolerates}, {"needs", rows_needed(rule)}, {"passes", rule.passes}}});
  for (const auto& pre : rules.pre_aggregators())
    list.push_back({&pre, {{"kind", "pre-aggregator"}, {"when", pre.when}, {"tolerates", pre.tolerates}, {"needs", rows_needed(pre)}}});
  return list;
}

}  // namespace

Command add_rules(CLI::App& program, const Catalogue& catalogue) {
  auto command =
      add_listing(program, "rules", "list the rules that make one update of many, and what may stand before them",
                  "rule: {pre: [nnm], name: trimmed_mean, f: 3}", [&catalogue] { return listed(catalogue.rules); });
  auto table = std::make_shared<bool>(false), markdown = std::make_shared<bool>(false);
  auto* conforming =
      command.app->add_flag("--conformance", *table,
                            "try every rule on every input that could hurt it, and print how far each result lies from "
                            "the formula in double; exit status 1 if one is not as it must be");
  command.app->add_flag("--markdown", *markdown, "with --conformance: print the page of the documentation")
      ->needs(conforming);
  return {command.app, [table, markdown, app = command.app, list = command.act] {
            if (!*table) return list();
            const auto cells = conformance();
            if (app->get_option("--json")->as<bool>())
              std::cout << conformance_json(cells) << "\n";
            else
              std::cout << (*markdown ? conformance_page(cells) : conformance_text(cells));
            return conforms(cells) ? 0 : static_cast<int>(UserError::run_failed);
          }};
}

}  // namespace zenops

#include "cli/repl/completion.hpp"

#include <algorithm>

#include "cli/cluster_report.hpp"

namespace zenops::repl {
namespace {

constexpr auto within = std::chrono::seconds(1);  // whoever has pressed Tab waits for it

Answer<wire::Report> report(Session& session) {
  return session.ask<wire::Report>("head", Envelope::of<wire::Inquire>(), within);
}

/// The word as it is typed, into which a candidate is to be put.
std::vector<std::string> candidates(Session& session, const Words& words) {
  const Words before(words.begin(), words.end() - 1);
  if (before.empty()) {
    Words names;
    for (const auto& command : session.commands()) names.push_back(command.name);
    return names;
  }
  const auto command = std::ranges::find(session.commands(), before.front(), &ShellCommand::name);
  if (command == session.commands().end()) return {};
  Words out = command->complete ? command->complete(session, before) : Words{};
  if (command->json && words.back().starts_with("-")) out.push_back("--json");
  return out;
}

}  // namespace

std::string Completion::common() const {
  if (candidates.empty()) return "";
  std::string common = candidates.front();
  for (const auto& one : candidates)
    common.resize(static_cast<size_t>(std::ranges::mismatch(common, one).in1 - common.begin()));
  return common.substr(std::min(word.size(), common.size()));
}

Completion complete(Session& session, std::string_view line) {
  const Words words = words_before(line);
  Completion out{words.back(), {}};
  try {
    out.candidates = candidates(session, words);
  } catch (const std::exception&) {  // nobody answers: there is nothing to offer
  } catch (const Interrupted&) {
  } catch (const Leave&) {
  }
  // Within parentheses only the last name is being typed.
  const size_t inner = out.word.find_last_of("(, ");
  if (out.word.starts_with('(') && inner != std::string::npos) out.word.erase(0, inner + 1);
  std::erase_if(out.candidates, [&](const auto& one) { return !one.starts_with(out.word); });
  std::ranges::sort(out.candidates, {}, counting_order);
  out.candidates.erase(std::unique(out.candidates.begin(), out.candidates.end()), out.candidates.end());
  return out;
}

Words actor_names(Session& session) {
  Words names;
  const auto all = report(session);
  for (const auto actor : all->getActors()) names.push_back(actor.getName());
  return names;
}

Words complete_actor(Session& session, const Words& before) {
  return before.size() == 1 ? actor_names(session) : Words{};
}

Words worker_names(Session& session) {
  Words names = actor_names(session);
  std::erase_if(names, [](const auto& name) { return !name.starts_with("worker/"); });
  names.push_back("worker/*");
  return names;
}

Words node_names(Session& session) {
  Words names;
  const auto all = report(session);
  for (const auto node : all->getNodes()) names.push_back(node.getOffers().getName());
  return names;
}

Words attack_names(Session& session) {
  Words names;
  for (const auto& attack : session.catalogue().attacks.entries()) names.push_back(attack.name);
  return names;
}

Words rule_names(Session& session) {
  Words names;
  for (const auto& rule : session.catalogue().rules.entries()) names.push_back(rule.name);
  for (const auto& pre : session.catalogue().rules.pre_aggregators()) names.push_back(pre.name);
  return names;
}

Words setting_names(Session& session, const std::string& of) {
  const Catalogue& catalogue = session.catalogue();
  const Description* description = catalogue.attacks.find(of);
  const bool attack = description != nullptr;
  if (!description) description = catalogue.rules.find(of);
  if (!description) description = catalogue.rules.find_pre_aggregator(of);
  Words names;
  if (!description) return names;
  for (const auto& p : description->parameters) names.push_back(p.name + "=");
  if (attack)
    for (const char* setting : {"rate=", "start=", "stop=", "ramp=", "on=", "off="}) names.emplace_back(setting);
  return names;
}

}  // namespace zenops::repl

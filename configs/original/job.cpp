#include "configs/original/job.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "base/nearest.hpp"
#include "configs/original/namespace_line.hpp"

namespace zenops::original {
namespace {

using Lines = std::vector<const CommandLine*>;

double number(const std::string& text) { return std::strtod(text.c_str(), nullptr); }
uint32_t count(const std::string& text) { return static_cast<uint32_t>(std::strtoul(text.c_str(), nullptr, 10)); }

bool contains(const std::vector<std::string>& list, const std::string& word) { return std::ranges::find(list, word) != list.end(); }

const std::vector<std::string> sync_rules{"average", "trimmed_mean", "phocas", "zeno"}, async_rules{"naive_async", "zenopp", "fed_async"};

/// What both scripts have and one value decides here for all.
const std::vector<std::string> shared{"--batch-size", "--model",    "--lr",             "--optimizer", "--momentum",
                                      "--wd",         "--lr-decay", "--lr-decay-epoch", "--drop-rate", "--sync-mode",
                                      "--sync-interval"};

class JobMaker {
 public:
  JobMaker(const Saying& saying, const Catalogue& catalogue, Problems& problems)
      : saying_(saying), catalogue_(catalogue), problems_(problems) {}

  Job make() {
    sort_lines();
    count_roles();
    if (job_.experiment.plumbing) return finish("plumbing");
    decide_shared();
    decide_length();
    decide_mode();
    decide_rule();
    decide_workers();
    decide_name();
    note_the_rest();
    return finish(job_.log_name);
  }

 private:
  void complain(const std::string& who, const std::string& sentence) { problems_.add({.source = who}, sentence); }
  void note(const std::string& sentence) {
    auto& remarks = job_.experiment.remarks;
    if (!contains(remarks, sentence)) remarks.push_back(sentence);
  }

  void sort_lines() {
    size_t trained = 0, plumbed = 0, averaged = 0;
    for (const CommandLine& line : saying_.lines) {
      const bool works = line.script == Script::worker || line.script == Script::plumbing_worker;
      const bool validates = line.script == Script::validator || line.script == Script::plumbing_validator;
      if (launches(line.script)) complain(line.speaker, "found a launcher beside other commands, expected it alone");
      if (works || line.script == Script::byteps) {
        workers_.push_back(&line);
        read_id(line);
      }
      if (validates) validators_.push_back(&line);
      trained += line.script == Script::worker || line.script == Script::validator;
      plumbed += line.script == Script::plumbing_worker || line.script == Script::plumbing_validator;
      averaged += line.script == Script::byteps;
    }
    job_.experiment.plumbing = plumbed > 0;
    by_steps_ = averaged > 0;
    if (trained + plumbed + averaged == 0 && problems_.empty())
      complain("command", "found nothing that trains, expected a worker's or a validator's script");
    if ((trained > 0) + (plumbed > 0) + (averaged > 0) > 1) complain("command", "found scripts that do not go together, expected those of one kind");
  }

  /// The lines that say what workers, or validators, do: theirs, or the others' when there are none.
  const Lines& speaking_for_workers() const { return workers_.empty() ? validators_ : workers_; }
  const Lines& speaking_for_validators() const { return validators_.empty() ? workers_ : validators_; }

  static std::string value(const CommandLine& line, const std::string& flag) {
    const std::string* given = line.value(flag);
    return given ? *given : flag_named(flag).usual;
  }

  /// The one value that all these lines have. Numbers are compared as numbers.
  std::string agreed(const Lines& lines, const std::string& flag) {
    if (lines.empty()) return flag_named(flag).usual;
    const std::string first = value(*lines[0], flag);
    const auto takes = flag_named(flag).takes;
    const bool numbers = takes == Flag::Takes::number || takes == Flag::Takes::integer;
    for (const CommandLine* line : lines) {
      const std::string other = value(*line, flag);
      if (numbers ? number(other) == number(first) : other == first) continue;
      complain(line->speaker, flag + ": found " + said(*line, flag) + " and on the " + lines[0]->speaker + " " + said(*lines[0], flag) +
                                  ", expected one value: here it holds for all");
      break;
    }
    return first;
  }
  static std::string said(const CommandLine& line, const std::string& flag) {
    return value(line, flag) + (line.value(flag) ? "" : " (the default)");
  }

  /// What the environment and the words before the commands say of it, by speaker.
  std::vector<std::pair<std::string, std::string>> variable(std::string_view name) const {
    std::vector<std::pair<std::string, std::string>> result;
    for (const auto& [key, value] : saying_.environment)
      if (key == name) result.emplace_back("environment", value);
    for (const CommandLine& line : saying_.lines)
      for (const auto& [key, value] : line.variables)
        if (key == name) result.emplace_back(line.speaker, value);
    return result;
  }

  uint32_t settle(const std::string& variable_name, std::vector<Claim> claims, uint32_t otherwise, const std::string& role) {
    for (const auto& [speaker, value] : variable(variable_name)) {
      const std::string wrong = objection(*find_variable(variable_name), value);
      if (wrong.empty())
        claims.push_back({count(value), variable_name + (speaker == "environment" ? "" : " on the " + speaker)});
      else
        complain(speaker, variable_name + ": " + wrong);
    }
    if (claims.empty()) {
      note(variable_name + " is not set: " + std::to_string(otherwise) + " " + role + (otherwise == 1 ? "" : "s") + ".");
      return otherwise;
    }
    for (const Claim& claim : claims)
      if (claim.count != claims[0].count)
        complain(claim.speaker, "found " + std::to_string(claim.count) + " for the number of " + role + "s, expected " +
                                    std::to_string(claims[0].count) + ", as " + claims[0].speaker + " has it");
    return claims[0].count;
  }

  void count_roles() {
    auto workers = saying_.workers, validators = saying_.validators;
    const size_t numbered = ids_.size(), unnumbered = workers_.size() - numbered;
    if (numbered == 0 && unnumbered > 1) workers.push_back({static_cast<uint32_t>(unnumbered), "the number of workers' lines"});
    if (numbered > 0 && unnumbered > 1)
      complain("command", "found " + std::to_string(unnumbered) + " workers' lines without DMLC_WORKER_ID beside others that have it, expected one for all the rest, or none");
    if (validators_.size() > 1)
      validators.push_back({static_cast<uint32_t>(validators_.size()), "the number of validators' lines"});
    Experiment& e = job_.experiment;
    e.workers = settle("DMLC_NUM_WORKER", workers, numbered > 0 && unnumbered == 0 ? static_cast<uint32_t>(numbered) : e.plumbing ? 2 : 15, "worker");
    e.validators = settle("DMLC_NUM_VALIDATOR", validators, 1, "validator");
    e.shards = settle("DMLC_NUM_SERVER", saying_.servers, 1, "server");
    for (const auto& [speaker, value] : variable("BYTEPS_SERVER_ENGINE_THREAD")) {
      const std::string wrong = objection(*find_variable("BYTEPS_SERVER_ENGINE_THREAD"), value);
      if (wrong.empty())
        e.shard_threads = count(value);
      else
        complain(speaker, "BYTEPS_SERVER_ENGINE_THREAD: " + wrong);
    }
    for (const CommandLine* line : workers_)
      if (const auto id = id_of(*line); id && *id >= e.workers)
        complain(line->speaker, "DMLC_WORKER_ID: found " + std::to_string(*id) + ", expected one below the number of workers, " +
                                    std::to_string(e.workers));
  }

  /// Which worker the line speaks for, if it says so.
  std::optional<uint32_t> id_of(const CommandLine& line) const {
    const auto found = ids_.find(&line);
    return found == ids_.end() ? std::nullopt : std::optional(found->second);
  }
  void read_id(const CommandLine& line) {
    for (const auto& [name, value] : line.variables) {
      if (name != "DMLC_WORKER_ID") continue;
      const std::string wrong = objection(*find_variable(name), value);
      if (!wrong.empty())
        complain(line.speaker, name + ": " + wrong);
      else if (std::ranges::any_of(ids_, [&](const auto& id) { return id.first != &line && id.second == count(value); }))
        complain(line.speaker, name + ": found " + value + " on two workers' lines, expected another for each");
      else
        ids_[&line] = count(value);
    }
  }

  void decide_shared() {
    Lines all = workers_;
    all.insert(all.end(), validators_.begin(), validators_.end());
    std::map<std::string, std::string> values;
    for (const auto& flag : shared) values[flag] = agreed(all, flag);
    Experiment& e = job_.experiment;
    e.batch = count(values["--batch-size"]);
    e.lr = number(values["--lr"]);
    e.optimizer = values["--optimizer"];
    e.momentum = number(values["--momentum"]);
    e.weight_decay = number(values["--wd"]);
    e.lr_decay = number(values["--lr-decay"]);
    e.lr_decay_epochs = epochs_of(values["--lr-decay-epoch"]);
    e.async = values["--sync-mode"] == "async";
    e.local_steps = count(values["--sync-interval"]);
    e.model = values["--model"];
    const bool wide = e.model.starts_with("cifar_wideresnet");
    const double drop_rate = number(values["--drop-rate"]);
    if (wide) e.drop_rate = drop_rate;
    if (!wide && drop_rate > 0) note("--drop-rate " + values["--drop-rate"] + ": no effect: " + e.model + " drops nothing, as there.");
    std::vector<std::string> models;
    for (const auto& model : catalogue_.models.entries()) models.push_back(model.name);
    if (contains(models, e.model)) return;
    const auto near = nearest(e.model, models);
    complain(all.empty() ? "command" : all[0]->speaker,
             "--model: found \"" + legible(e.model) + "\", expected a model that there is" +
                 (near ? "; did you mean \"" + *near + "\"?" : "; `zenops-cli models` lists them"));
  }

  void decide_length() {
    Experiment& e = job_.experiment;
    e.epochs = count(agreed(speaking_for_validators(), "--num-epochs"));
    e.worker_epochs = e.epochs;
    if (workers_.empty()) return;
    e.worker_epochs = UINT32_MAX;
    for (const CommandLine* line : workers_) e.worker_epochs = std::min(e.worker_epochs, count(value(*line, "--num-epochs")));
    if (e.worker_epochs < e.epochs)
      note("Workers end after " + std::to_string(e.worker_epochs) + " of the validators' " + std::to_string(e.epochs) +
           " epochs: Zeno-PS hung then; here the run ends with them.");
  }

  void decide_mode() {
    const std::string mode = job_.experiment.async ? "async" : "sync";
    if (saying_.launched && saying_.servers_mode != mode)
      complain("launcher's line", "--sync-mode: found " + saying_.servers_mode + " for the servers and " + mode +
                                      " on the scripts' lines, expected the same: in Zeno-PS they would not have understood each other");
    for (const auto& [speaker, value] : variable("BYTEPS_ENABLE_ASYNC")) {
      const std::string wrong = objection(*find_variable("BYTEPS_ENABLE_ASYNC"), value);
      if (!wrong.empty())
        complain(speaker, "BYTEPS_ENABLE_ASYNC: " + wrong);
      else if ((value == "1") != job_.experiment.async)
        complain(speaker, "BYTEPS_ENABLE_ASYNC: found " + value + " beside --sync-mode " + mode + ", expected " +
                              (job_.experiment.async ? "1" : "0") + ": in Zeno-PS servers and scripts would not have understood each other");
    }
  }

  void decide_rule() {
    Experiment& e = job_.experiment;
    const std::string flag = "--validation-type", mode = e.async ? "async" : "sync";
    if (!validators_.empty())
      for (const CommandLine* line : workers_)
        if (const auto* type = line->value(flag)) note(flag + " " + *type + " on a worker's line: no effect, as there: the validators decide.");
    if (by_steps_) {
      note("train_cifar10_byteps.py averaged every step's gradients: here the average of one local step each, which is the same.");
      return;
    }
    if (validators_.empty()) {
      note("No validator's line: the validators do as they do by default, " + flag + " average.");
      if (const auto* type = workers_.empty() ? nullptr : workers_[0]->value(flag))
        note(flag + " " + *type + " on a worker's line: no effect, as there.");
    }
    const std::string type = validators_.empty() ? "average" : agreed(validators_, flag);
    const std::string speaker = validators_.empty() ? "command" : validators_[0]->speaker;
    const auto& here = e.async ? async_rules : sync_rules;
    const auto& there = e.async ? sync_rules : async_rules;
    if (contains(there, type)) {
      complain(speaker, flag + ": found " + type + (validators_.empty() ? ", the validators' default," : "") + " with --sync-mode " + mode +
                            ", expected one of " + join(here) + ", or --sync-mode " + (e.async ? "sync" : "async"));
    } else if (!contains(here, type)) {
      const auto near = nearest(type, here);
      complain(speaker, flag + ": found \"" + legible(type) + "\", expected one of " + join(here) +
                            (near ? "; did you mean \"" + *near + "\"?" : ""));
    }
    if (type == "fed_async") note("--validation-type fed_async: Zeno-PS made such a validator and could not run it; here it is FedAsync.");
    e.rule = type;
    e.eta = number(of_validators("--zeno-eta"));
    e.alpha = number(of_validators("--alpha"));
    e.alpha_decay = number(of_validators("--alpha-decay"));
    e.alpha_decay_epochs = epochs_of(of_validators("--alpha-decay-epoch"));
    if (e.rule != "zeno" && given(validators_, "--zeno-eta")) note("--zeno-eta: no effect: the rule is " + e.rule + ".");
  }
  static bool given(const Lines& lines, const std::string& flag) {
    return std::ranges::any_of(lines, [&](const CommandLine* line) { return line->value(flag) != nullptr; });
  }

  /// A flag that only validators have there.
  std::string of_validators(const std::string& flag) {
    if (!validators_.empty() && given(workers_, flag)) note(flag + " on a worker's line: no effect: it is the validators' flag.");
    return agreed(speaking_for_validators(), flag);
  }
  /// A flag that only workers have there.
  std::string of_workers(const std::string& flag) { return agreed(speaking_for_workers(), flag); }

  void decide_workers() {
    Experiment& e = job_.experiment;
    if (!workers_.empty())
      for (const char* flag : {"--byz-type", "--byz-scale", "--byz-rate", "--sparse-rate", "--worker-subsample-rate"})
        if (given(validators_, flag)) note(std::string(flag) + " on the validator's line: no effect: it is the workers' flag.");
    e.sparsity = number(of_workers("--sparse-rate"));
    e.subsample = number(of_workers("--worker-subsample-rate"));
    if (workers_.empty()) {
      if (!validators_.empty()) add_lie(*validators_[0], {});
      return;
    }
    uint32_t next = 0;
    for (const CommandLine* line : workers_) {
      if (const auto id = id_of(*line))
        add_lie(*line, {*id});
      else if (workers_.size() - ids_.size() > 1)
        add_lie(*line, {next++});
      else if (const auto others = unnamed(); !others.empty())
        add_lie(*line, others);
    }
    // All of them lie the same way: everybody does.
    if (e.lies.size() == 1 && e.lies[0].workers.size() == e.workers) e.lies[0].workers.clear();
  }

  /// The workers that no line names.
  std::vector<uint32_t> unnamed() const {
    std::vector<uint32_t> result;
    for (uint32_t w = 0; w < job_.experiment.workers; ++w)
      if (std::ranges::none_of(ids_, [w](const auto& id) { return id.second == w; })) result.push_back(w);
    return result;
  }

  void add_lie(const CommandLine& line, const std::vector<uint32_t>& workers) {
    const Lie lie{value(line, "--byz-type"), number(value(line, "--byz-scale")), number(value(line, "--byz-rate")), workers};
    if (lie.type == "none") {
      if (line.value("--byz-scale") || line.value("--byz-rate")) note("--byz-scale, --byz-rate: no effect: --byz-type is none.");
      return;
    }
    if (lie.rate == 0) {
      note("--byz-type " + lie.type + ": no effect: --byz-rate is 0, so that nobody lies, as there.");
      return;
    }
    for (Lie& other : job_.experiment.lies) {
      if (other.type != lie.type || other.scale != lie.scale || other.rate != lie.rate) continue;
      other.workers.insert(other.workers.end(), workers.begin(), workers.end());
      return;
    }
    job_.experiment.lies.push_back(lie);
  }

  void decide_name() {
    const Lines& lines = speaking_for_validators();
    job_.log_name = agreed(lines, "--logging-file");
    if (!validators_.empty() && given(workers_, "--logging-file"))
      note("--logging-file on a worker's line: no effect: workers' logs held no results.");
    if (!lines.empty() && lines[0]->value("--resume-from")) job_.experiment.init = *lines[0]->value("--resume-from");
    if (!validators_.empty() && given(workers_, "--resume-from"))
      note("--resume-from on a worker's line: no effect: only validator 0's weights counted.");
    if (!lines.empty()) job_.validator_options = namespace_line(*lines[0]);
  }

  void note_the_rest() {
    for (const CommandLine& line : saying_.lines) {
      for (const Given& given : line.flags)
        if (given.flag->key.empty()) note(given.flag->name + " " + given.value + ": no effect: " + given.flag->remark + ".");
      note_variables(line.variables);
    }
  }
  void note_variables(const Assignments& assignments) {
    for (const auto& [name, value] : assignments) {
      const Variable* known = find_variable(name);
      if (known == nullptr)
        note(name + ": no effect: Zeno-PS does not read it either.");
      else if (known->key.empty())
        note(name + "=" + value + ": no effect: " + known->remark + ".");
    }
  }

  Job finish(const std::string& name) {
    if (by_steps_) {
      job_.experiment.local_steps = 1;
      job_.experiment.sparsity = 0;
    }
    if (job_.experiment.plumbing)
      for (const CommandLine& line : saying_.lines) note_variables(line.variables);
    job_.experiment.name = name;
    return std::move(job_);
  }

  const Saying& saying_;
  const Catalogue& catalogue_;
  Problems& problems_;
  Lines workers_, validators_;
  std::map<const CommandLine*, uint32_t> ids_;
  bool by_steps_ = false;
  Job job_;
};

}  // namespace

Job make_job(const Saying& saying, const Catalogue& catalogue, Problems& problems) {
  return JobMaker(saying, catalogue, problems).make();
}

}  // namespace zenops::original

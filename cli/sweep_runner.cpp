#include "cli/sweep_runner.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/pool.hpp"
#include "cli/command.hpp"
#include "cli/output_file.hpp"
#include "configs/resolved.hpp"

namespace zenops {
namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string last_line_of(const std::filesystem::path& path) {
  std::string text = text_of(path);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

uint32_t cores() { return static_cast<uint32_t>(usable_cores()); }

/// The config as far as it decides the bits: how many threads compute does not.
std::string essence(Config config, const Catalogue& catalogue) {
  config.training.cluster.threads = 0;
  return to_yaml(config, catalogue);
}

}  // namespace

uint32_t SweepRunner::jobs() const { return sweep_.jobs > 0 ? sweep_.jobs : cores(); }

std::vector<CellOutcome> SweepRunner::run(const Observer& observer) {
  const auto configs = sweep_.folder / "cells";
  std::error_code error;
  std::filesystem::create_directories(configs, error);
  if (error) cannot_write(configs, error.value());
  outcomes_.assign(sweep_.cells.size(), {});
  for (size_t k = 0; k < sweep_.cells.size(); ++k) {
    auto result = finished(sweep_.cells[k]);
    if (!result) continue;
    outcomes_[k] = {.state = CellOutcome::State::done, .kept = true, .result = std::move(*result), .cause = {}};
    observer(k, outcomes_[k], ++ended_);
  }
  std::vector<std::thread> threads;
  for (uint32_t k = 0; k < jobs(); ++k) threads.emplace_back([&] { work(observer); });
  for (auto& thread : threads) thread.join();
  return std::move(outcomes_);
}

void SweepRunner::stop() {
  std::lock_guard lock(mutex_);
  if (std::exchange(stopped_, true)) return;
  for (const Child* child : running_) child->stop();
}

std::optional<Json> SweepRunner::finished(const Sweep::Cell& cell) const {
  const auto folder = sweep_.folder / cell.config.training.name;
  try {
    const auto before = load_config(folder / "config.yaml", {}, catalogue_);
    if (essence(before, catalogue_) != essence(cell.config, catalogue_)) return std::nullopt;
    auto result = Json::parse(text_of(folder / "result.json"));
    return result.at("stopped").get<bool>() ? std::nullopt : std::optional(std::move(result));
  } catch (const std::exception&) {
    return std::nullopt;  // not there, or not whole: it is run again, and what is there is moved aside
  }
}

void SweepRunner::work(const Observer& observer) {
  std::unique_lock lock(mutex_);
  while (!stopped_ && next_ < outcomes_.size()) {
    const size_t k = next_++;
    if (outcomes_[k].state == CellOutcome::State::done) continue;
    lock.unlock();
    CellOutcome outcome = run_cell(sweep_.cells[k]);
    lock.lock();
    outcomes_[k] = std::move(outcome);
    if (outcomes_[k].state != CellOutcome::State::waiting) observer(k, outcomes_[k], ++ended_);
  }
}

CellOutcome SweepRunner::run_cell(const Sweep::Cell& cell) {
  using State = CellOutcome::State;
  const auto at = sweep_.folder / "cells" / cell.config.training.name;
  auto config = at, log = at;
  config += ".yaml";
  log += ".log";
  try {
    OutputFile::replace(config, to_yaml(cell.config, catalogue_));
    std::vector<std::string> arguments{"run", config.string(), "--quiet"};
    if (cell.config.training.cluster.threads == 0)
      arguments.insert(arguments.end(), {"--set", "cluster.threads=" + std::to_string(std::max(1u, cores() / jobs()))});
    int exit_code = 0;
    {
      std::unique_lock lock(mutex_);
      if (stopped_) return {};
      Child child(arguments, log);
      running_.push_back(&child);
      lock.unlock();
      exit_code = child.wait();
      lock.lock();
      std::erase(running_, &child);
    }
    if (exit_code == interrupted) return {};
    if (auto result = finished(cell); exit_code == 0 && result)
      return {.state = State::done, .result = std::move(*result), .cause = {}};
    const std::string said = last_line_of(log);
    return {
        .state = State::failed, .result = {}, .cause = said.empty() ? "exit code " + std::to_string(exit_code) : said};
  } catch (const std::exception& e) {
    return {.state = State::failed, .result = {}, .cause = e.what()};
  }
}

}  // namespace zenops

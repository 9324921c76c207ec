#pragma once
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "actors/training.hpp"
#include "actors/wire/survival.capnp.h"
#include "actors/wire/training.capnp.h"
#include "base/layout.hpp"
#include "base/rows.hpp"
#include "tests/simulation/scenario.hpp"

namespace zenops::simulation {

/// What must be true, told from what everybody says: each round begins with what the one before made, who enters it is
/// a member and made a row, what becomes of the rows is their sum, and nobody has or tells anything else. What is not
/// so is a violation in the story.
class Books {
 public:
  Books(const Scenario& scenario, Story& story, const Layout& layout);

  /// A row that only this life of this worker makes in this round.
  std::vector<float> row(uint32_t worker, uint32_t incarnation, uint32_t step, uint32_t memory) const;
  void made(uint32_t worker, uint32_t incarnation, uint32_t step, std::vector<float> row);
  /// Somebody trains in the round that was opened under that number.
  void trains(const std::string& who, uint32_t number, uint32_t step, std::span<const Row> parts);
  /// Somebody says something to somebody.
  void heard(const Address& from, const std::string& to, const Envelope& envelope);
  /// What the scheduler's audience is told.
  void told(const RoundReport& report);
  void ended(const Expected<TrainingResult>& result);
  bool over() const { return over_; }
  /// The run cannot come to its end, for a reason that is none of the scheduler's.
  void give_up(const std::string& why);

  Outcome outcome;

 private:
  using Parameters = std::vector<double>;
  struct Version {
    uint32_t round;
    Parameters parameters;
  };
  struct Opened {
    uint32_t step, version;
    std::map<uint32_t, uint32_t> members;  // worker → incarnation
    bool applied = false;
  };

  void note(const std::string& note);
  void open(wire::Open::Reader open);
  void apply(wire::Apply::Reader apply);
  void restore(uint32_t shard, const Msg<wire::Restore>& restore);
  void parameters(const Address& from, const Msg<wire::Parameters>& told);
  void committed(const Address& from, wire::Committed::Reader committed);

  const Scenario& scenario_;
  Story& story_;
  std::vector<ShardRange> ranges_;
  size_t dimension_ = 0;
  std::map<uint32_t, Version> versions_;
  std::map<uint32_t, Parameters> rounds_;  // what each made, the last time that it was decided
  std::map<uint32_t, Opened> opened_;
  std::map<std::tuple<uint32_t, uint32_t, uint32_t>, std::vector<float>> rows_;
  std::map<std::pair<uint32_t, uint32_t>, uint64_t> hashes_;
  uint32_t told_ = 0;
  bool over_ = false, ended_ = false;
};

}  // namespace zenops::simulation

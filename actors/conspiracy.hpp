#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/options.hpp"
#include "actors/participation.hpp"
#include "actors/round.hpp"
#include "aggregation/rule.hpp"
#include "attacks/adversary.hpp"
#include "base/rows.hpp"

namespace zenops {

/// What those who collude make of one round: from its honest rows, what each of them sends. A row counts in the blocks that it brings;
/// of a block that no honest row brings, or no liar sends, the lie is zeros. What is judged at once (a block, or with granularity model
/// all judged blocks) is a Knowledge of its own, in which the liars are all who collude, whichever lie they tell. A pure function of
/// what it is given: the same bits in whatever order and on whatever threads its parts are made.
class Conspiracy {
 public:
  /// What stays the same in a run.
  struct Ground {
    Layout layout;
    Participation participation;
    Sight threat_model = Sight::nothing;
    Granularity granularity = Granularity::block;
    uint64_t seed = 0;
    Rules rules;
    std::vector<double> counts = {};  // by worker: samples of its part; empty: the same for all
    std::shared_ptr<Rows> rows;       // where lies lie
  };
  /// A round's members, by what they do in it.
  struct Sides {
    std::vector<Member> honest;                         // who send what they have made
    std::map<uint32_t, Adversary::Collusion> liars = {};  // who collude and take part
  };
  static Sides sides(const Ground& ground, uint32_t round, std::span<const Member> members, const Adversary& adversary);

  struct Honest {
    uint32_t worker;
    ShardRow row;  // over the whole layout
  };
  /// What attacks remember, by attack and what is judged at once.
  using Memories = std::map<std::string, AttackMemory>;
  /// honest: at least one, ascending. `rule`: by which the round is judged.
  Conspiracy(std::shared_ptr<const Ground> ground, uint32_t round, std::vector<Honest> honest,
             std::map<uint32_t, Adversary::Collusion> liars, RuleChoice rule, Memories before);
  /// So many parts, each of which is to be made once; several at a time on any threads. O(honest · numbers of the part) and what the
  /// attacks cost.
  size_t parts() const { return parts_.size(); }
  void make(size_t part);

  /// Whether somebody tells that lie; also while it is made.
  bool tells(const Adversary::Collusion& collusion) const;

  /// When all parts are made: lets go of the honest rows, and says what attacks remember from now on.
  Memories end();
  /// (d); of what is not judged zeros. Empty: nobody told that lie.
  Row lie(const Adversary::Collusion& collusion) const;

 private:
  struct Part {
    std::vector<uint32_t> blocks;
    size_t size = 0;
  };
  /// Of one kind of lie.
  struct Told {
    Adversary::Collusion collusion;
    Row row;
    std::vector<AttackMemory> memories;  // by part
  };
  std::span<const float> numbers(const ShardRow& row, const Part& part, std::vector<float>& scratch) const;
  bool sends(uint32_t liar, const Part& part) const;  // a part of one block
  std::string key(const Told& told, size_t part) const;
  std::shared_ptr<const Ground> ground_;
  uint32_t round_;
  std::vector<Honest> honest_;
  std::map<uint32_t, Adversary::Collusion> liars_;
  RuleChoice rule_;
  Memories before_;
  std::vector<Part> parts_;
  std::vector<Told> told_;
};

}  // namespace zenops

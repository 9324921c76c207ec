#pragma once
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "actors/options.hpp"
#include "actors/training.hpp"

namespace zenops {

/// Whether a row that was refused for this is one that nobody sends by bad luck: "not finite", "wrong shape", …
bool proves_a_lie(const std::string& state);

enum class Standing { trusted, warned, quarantined, evicted };
std::string_view to_string(Standing);

/// What rounds have shown of each worker, and what follows. It decides only.
///
///   trusted <--> warned --> quarantined --> evicted
///           <--------------
///
/// A worker is judged by its *excess*: of the block messages that it could have had refused more than the worker in the
/// middle, the share that was, over its last `window` answers. One that lies cannot hide behind a rule that refuses
/// many, and honest ones are not evicted by a rule that refuses most of them (Krum): only an excess beyond four
/// standard deviations of chance counts, and each step takes a round of its own. With the defaults whoever has 80 %
/// refused, among others who have 10 % refused, is evicted within 60 of its answers, mostly after 22. Besides:
/// - a row that is not finite, has the wrong shape, says two things or is no message proves a lie: the first warns, the
///   last but one quarantines, the last evicts. When more than half of the rows of a round are like that, the training
///   has diverged and nobody lied;
/// - silence proves nothing: it warns, and no more. Crashes are only counted;
/// - in quarantine it is trusted again when its last `readmit` rows would have been accepted as far as others' are.
/// A worker that was restarted after a crash is the same one. One that follows an evicted incarnation is another.
class Reputation {
 public:
  struct Numbers {
    uint32_t answers = 0;                // within the window
    uint64_t messages = 0, refused = 0;  // block messages of these
    double share = 0, usual = 0;         // refused of them; of the worker in the middle
    double excess = 0;
    uint32_t proofs = 0, absent = 0, crashes = 0;  // within the window; crashes: ever
  };
  struct Change {
    uint32_t worker, incarnation;
    Standing from, to;
    std::string why;
    Numbers numbers;
  };

  explicit Reputation(ReputationOptions options) : options_(options) {}

  /// The changes that a round has brought, by worker. A round that is told again changes nothing.
  std::vector<Change> after(const RoundReport& report);

  /// That life is as good as evicted by its record.
  void evict(uint32_t worker, uint32_t incarnation);
  /// Out of quarantine, with a record that begins anew. Whoever is not in quarantine stays as it is.
  void readmit(uint32_t worker);

  Standing standing(uint32_t worker) const;
  /// Whether that incarnation may not take part. A later one may, until it is evicted itself.
  bool barred(uint32_t worker, uint32_t incarnation) const;
  std::set<uint32_t> quarantined() const;
  /// Whether the rows of that incarnation may enter: it is neither quarantined nor barred.
  bool enters(uint32_t worker, uint32_t incarnation) const;

  struct Answer {
    uint32_t messages, refused;
    bool proof;
  };
  struct Record {
    uint32_t incarnation = 1;
    Standing standing = Standing::trusted;
    std::deque<Answer> answers = {};
    std::deque<bool> absent = {};  // by round
    uint32_t crashes = 0;
    uint32_t in_quarantine = 0;  // answers since it came there
  };
  /// What rounds have shown until one of them.
  struct Memory {
    uint32_t round = 0;
    std::map<uint32_t, Record> records = {};
  };
  /// For a run in which everybody begins a first life again: whoever follows somebody evicted has no record yet. `living`: by
  /// worker, its incarnation; who is not in it is dead.
  Memory memory(const std::map<uint32_t, uint32_t>& living) const;
  void remember(Memory memory);

 private:
  void note(const WorkerReport& worker, Record& record, bool diverged) const;
  Numbers numbers(const Record& record, double usual, size_t last) const;
  double usual_share() const;
  /// Where the numbers lead, one step at a time, and why.
  std::pair<Standing, std::string> next(const Record& record, double usual) const;

  const ReputationOptions options_;
  uint32_t round_ = 0;  // the newest
  std::map<uint32_t, Record> records_;
};

/// The line of evidence about a change, as the aggregation rule saw it. `rows_sha256`: see Evidence.
Evidence evidence(const Reputation::Change& change, uint32_t round, const std::string& rule, std::vector<std::string> rows_sha256);

}  // namespace zenops

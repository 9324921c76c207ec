#pragma once
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace zenops {

/// Parameters that all shards had.
struct Common {
  uint32_t version = 0, round = 0;
  std::vector<uint64_t> hashes = {};  // by shard; empty: nobody knows
};

/// From whom shards that fell get back their parts of what all shards had: of the newest version, or of the one before
/// as long as no shard has been told to make another. One shard after the other, and one holder after the other: what
/// is asked for is large.
///
///   begin() --next()--> a holder is asked --arrived()--> the next shard --> … --> done(), all are at target()
///                                         --next(): it has it not--> another is asked --> … nobody is left
///   nobody is left --take_the_one_before()--> begun again with that version, or all is in vain
class Retrieval {
 public:
  const Common& newest() const { return newest_; }
  /// All shards have made it.
  void made(Common common);
  /// They are making another: the version before the newest is no longer there.
  void forget_the_one_before() { before_.reset(); }
  /// Everybody has been given that one, and nothing else is there.
  void begin_anew(Common common);
  /// That shard fell, and has nothing.
  void lost(uint32_t shard) { lost_.insert(shard); }

  void begin();
  /// Whose part is sought; there is one between begin() and done().
  uint32_t shard() const { return *missing_.begin(); }
  const Common& target() const { return target_; }
  /// Who was asked for it last; empty: nobody.
  const std::string& asked() const { return asked_; }
  /// Whom to ask next: `holders`, as they are when the first of them is asked, in their order. Empty: nobody is left.
  std::string next(const std::vector<std::string>& holders);
  /// The shard's part has no numbers, which nobody is asked for.
  void ask_nobody() { asked_ = "nobody"; }
  /// Nobody is asked any more.
  void give_up() { asked_.clear(); }
  /// Whether that is the hash of shard()'s part. Where nobody knows one, only a part without numbers is ever there.
  bool is(uint64_t hash) const { return target_.hashes.empty() || target_.hashes[shard()] == hash; }
  /// shard() has its part. Whether it was the last.
  bool arrived();
  /// Nobody has a part of the target: begins again with the version before. Whether there is one.
  bool take_the_one_before();
  /// All have their parts. Whether that is a version before the newest, which is then forgotten.
  bool done();

 private:
  Common newest_;
  std::optional<Common> before_;
  std::set<uint32_t> lost_;     // shards that are without their part
  std::set<uint32_t> missing_;  // those whose part of the target has not come
  Common target_;
  std::deque<std::string> holders_;  // who may have it and was not asked yet
  std::string asked_;
};

}  // namespace zenops

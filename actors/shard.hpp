#pragma once
#include "actors/holder.hpp"
#include "actors/wire/centre.capnp.h"

namespace zenops {

/// shard/S of synchronous training: collects the rows of each group, measures them for the group's validator, and applies what
/// was planned.
///
///   idle --Open--> collecting --full or deadline, per group--> measuring --Apply--> applying --> idle, a new version
///
/// It has the version before as well until it makes the next: a round that not every shard has committed is opened again from there.
class Shard final : public Holder {
 public:
  Shard(Context& context, Options options, Layout layout, std::shared_ptr<Rows> rows, Row initial);
  Behavior handlers() override;

 private:
  void open(const Msg<wire::Open>& open);
  void pull(const Msg<wire::Pull>& pull);
  /// What somebody has to say of a round, now or when that round opens: its Open may still be on its way from another process.
  void hear(const Address& from, const Envelope& said);
  void push(const Address& from, const Msg<wire::Push>& push);
  void skip(const Address& from, const Msg<wire::Skip>& skip);
  void push_trusted(const Address& from, const Msg<wire::Push>& push);
  void down(const Msg<wire::Down>& down);
  void centre(const Msg<wire::Centre>& centre);
  void apply(const Msg<wire::Apply>& apply);
  /// Says that the version is there, with the hashes of what was to be hashed.
  void commit();
  void save(const Msg<wire::Save>& save);
  void restore(const Msg<wire::Restore>& restore);
  /// To that version, the newest or the one before.
  void go_back_to(uint32_t version);

  /// The group's round, if that one may speak in it now; otherwise it has been told why not.
  Round* floor(const Address& from, uint32_t round);
  void close_if_full(uint32_t group);
  void close(uint32_t group);
  /// A row that was taken, of a worker or, as GrowingTables::kTrusted, of the group's validator.
  void came(uint32_t group, uint32_t sender, const ShardRow& row);
  /// Lets go of the groups' rows.
  void end_rounds();

  struct Before {
    uint32_t version;
    Holding holding;
  };
  uint32_t version_ = 0, round_ = 0, step_ = 0;
  uint32_t applied_ = 0;  // the round whose plans have come, since it was opened
  float lr_ = 0;  // of the round
  uint32_t restored_ = 0;  // the ticket of the newest Restore
  std::optional<Before> before_;
  std::vector<Round> groups_;
  std::vector<std::shared_ptr<GrowingTables>> tables_;  // of the groups' rounds; null where they are measured when they are closed
  std::vector<std::shared_ptr<Bringing>> bringing_;      // of the same; null where no rows are brought to an accelerator
  bool evidence_ = false;  // what the door refuses is hashed
  using Sent = std::vector<std::pair<uint32_t, std::vector<Row>>>;  // by worker
  Sent to_hash_;                                                    // of this round
  struct Early {
    Address from;
    Envelope said;
  };
  std::vector<Early> early_;  // of rounds that are not open yet; one of each sender
};

}  // namespace zenops

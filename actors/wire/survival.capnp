@0xe2b7c4915d08f36a;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("zenops::wire");
using import "/runtime/wire/runtime.capnp".TensorRef;
using import "/actors/wire/training.capnp".SetAttack;
using import "/actors/wire/training.capnp".SetRule;

# How the state of those who train is kept, and how they get it back.

# What decides what an actor does next, beside the round's number; what is left out is as it was in the beginning.
struct ActorState {
  tensors @0 :List(NamedTensor);
  rates @1 :List(Rate);           # of a judge whose rule needs them
  accepted @2 :List(UInt32);      # the senders of the updates accepted last, the newest first
  norms @3 :List(Norms);          # of a judge whose rule needs them, by block
}
struct Norms {
  values @0 :List(Float64);       # of the rows that entered, the oldest first
}
struct NamedTensor {
  name @0 :Text;
  tensor @1 :TensorRef;
}
struct Rate {
  worker @0 :UInt32;
  rate @1 :Float64;
}

# Scheduler → shards, validators, workers, adversary, between two rounds: tell me your state.
struct Save {
  ticket @0 :UInt32;
  patient @1 :Bool;               # whoever still trains answers when it has ended
}
struct Saved {
  ticket @0 :UInt32;
  busy @1 :Bool;                  # it still trains, and has no state to tell
  state @2 :ActorState;
}

# Scheduler → shards, validators, workers, adversary: be as you were then.
struct Restore {
  ticket @0 :UInt32;
  version @1 :UInt32;             # of the parameters, from now on
  state @2 :ActorState;
  attack @3 :SetAttack;           # of a worker whose attack the operator had changed
  rule @4 :SetRule;               # of a shard, when the operator had changed it
}
struct Restored {
  ticket @0 :UInt32;
  hash @1 :UInt64;                # of a shard's part
}

# Scheduler → workers, validators, evaluator: have you that shard's part of this version?
struct Recall {
  ticket @0 :UInt32;
  version @1 :UInt32;
  shard @2 :UInt32;
}
struct Recalled {
  ticket @0 :UInt32;
  here @1 :Bool;
  tensor @2 :TensorRef;
}

# What of a snapshot is not in its tensors; on the disk.
struct SnapshotRecord {
  round @0 :UInt32;
  lr @1 :Float32;
  attacks @2 :List(SetAttack);
  idle @3 :List(UInt32);          # workers for whom nobody waited
  judges @4 :List(JudgeRecord);
  tally @5 :List(UInt64);         # honest, honest accepted, poisoned, poisoned accepted
  wallSeconds @6 :Float64;
  computeSeconds @7 :Float64;
  reputation @8 :List(ReputationRecord);
  rule @9 :SetRule;               # that the operator had set; null: the configuration's
}
struct ReputationRecord {
  worker @0 :UInt32;
  standing @1 :UInt8;
  answers @2 :List(Answer);
  absent @3 :List(Bool);
  crashes @4 :UInt32;
  inQuarantine @5 :UInt32;
}
struct Answer {
  messages @0 :UInt32;
  refused @1 :UInt32;
  proof @2 :Bool;
}
struct JudgeRecord {
  name @0 :Text;
  state @1 :ActorState;           # without tensors
}

@0xd1c8a0f3b6925e47;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("zenops::wire");
using import "/runtime/wire/runtime.capnp".TensorRef;

# Training's messages. Version v of the parameters is what round v made.
# Who a message is about is who sent it; worker/7 and validator/0 are known by their names.

# Scheduler → workers, validators, shards, adversary: a round begins.
# Its number is said by whatever belongs to it. A round that is opened again has a new number, so that whatever is still under
# way of the first time is stale; until that happens numbers are those of the run's rounds.
struct Open {
  round @0 :UInt32;
  lr @1 :Float32;
  members @2 :List(Member);
  step @3 :UInt32;     # which of the run's rounds it is
  version @4 :UInt32;  # from which it starts
  evidence @5 :Bool;   # rows that the door refuses are hashed
  rule @6 :SetRule;    # by which it is judged; null: the configuration's
  attacks @7 :List(SetAttack);  # to the adversary alone: all that the operator has changed
}
struct Member {
  worker @0 :UInt32;
  incarnation @1 :UInt32;
  awaited @2 :Bool;  # false: its last answer came too late; nobody waits for the next one
  quarantined @3 :Bool;  # its row is measured and judged, and does not enter
  watched @4 :Bool;      # its row is hashed
}

# Anybody → shard, answered by Parameters.
struct Pull {
  version @0 :UInt32;
}
# Shard → whoever pulled.
struct Parameters {
  version @0 :UInt32;
  shard @1 :UInt32;
  tensor @2 :TensorRef;
}

# Worker, validator → shard: its update, as far as this shard owns it.
# Honest worker → adversary: all of it, as a single shard gets it.
# Whole blocks only; a block that is left out is a row of zeros.
struct Push {
  round @0 :UInt32;
  parts @1 :List(Part);
}
struct Part {
  firstSegment @0 :UInt32;
  segments @1 :UInt32;
  tensor @2 :TensorRef;
  encoding @3 :Encoding;
}
# What the words of a part are. A worker's blocks are all encoded as the run's configuration says, a validator's are dense. A part
# that is not dense is one block, as far as the shard owns it: n numbers. Halves and bits are counted from the low end of a word.
enum Encoding {
  dense @0;                       # n float32
  topK @1;                        # k indices below n, ascending, as uint32; then k float32. The others are zero
  sign @2;                        # the float32 s ≥ 0; then n bits, 0 for s and 1 for −s, and zeros to the end of the word
  bf16 @3;                        # n upper halves of a float32, two in each word, and a zero when n is odd
}
# Worker → shard: not chosen for this round.
struct Skip {
  round @0 :UInt32;
}
# Shard, adversary → worker: the push or skip was not taken.
struct Refused {
  round @0 :UInt32;
  code @1 :UInt8;  # Ec
  what @2 :Text;
}

# Worker, validator → scheduler: its local steps are done.
struct Worked {
  round @0 :UInt32;
  loss @1 :Float32;
  computeSeconds @2 :Float64;
  pullSeconds @3 :Float64;  # from Open to the last Parameters
  active @4 :Bool = true;   # it sent an update; said in asynchronous training, where no Skip goes to the shards
  trained @5 :Bool = true;  # false: it had no local steps to take, and `loss` says nothing
}

# Shard → validator: one group's rows, as this shard has them.
struct Measured {
  round @0 :UInt32;
  shard @1 :UInt32;
  rows @2 :List(RowState);        # the group's members, by worker
  trusted @3 :Bool;               # whether the validator's own row came
  products @4 :List(Float64);     # per segment, of the taken rows, what the rule needs (actors/wire/products.hpp)
  step @5 :UInt32;                # which of the run's rounds it is
  rule @6 :SetRule;               # for which it was measured; null: the configuration's
}
struct RowState {
  worker @0 :UInt32;
  incarnation @1 :UInt32;
  state @2 :State;
  refusal @3 :UInt8;              # Ec, when refused
  blocks @4 :List(Bool);          # which of the model's blocks were sent to this shard
  quarantined @5 :Bool;
  verdicts @6 :List(UInt8);       # in a plan, of a quarantined row, by block: what they would be if it entered; none: nobody knows
}
enum State {
  absent @0;                      # nothing came before the deadline
  taken @1;
  inactive @2;
  refused @3;
  lost @4;                        # it fell
}

# Validator → scheduler: what shall become of its group's rows.
struct Plan {
  round @0 :UInt32;
  group @1 :UInt32;
  workers @2 :List(UInt32);       # the rows that enter, in this order
  blocks @3 :List(BlockPlan);
  rows @4 :List(RowState);        # the group's members, all shards put together
  note @5 :Text;
  stop @6 :Bool;                  # too few rows came, and the run is to end then
}
struct BlockPlan {
  combine @0 :UInt8;
  trim @1 :UInt32;
  weights @2 :List(Float32);
  verdicts @3 :List(UInt8);
  drop @4 :UInt32;
  trustedWeight @5 :Float32;
  mix @6 :List(MixedRow);
  toward @7 :Bool;
  step @8 :Float32;
  noise @9 :Float32;              # standard deviation
  noiseDraw @10 :UInt64;
}
struct MixedRow {                 # Σ weights[k] · rows[k], indices into the rows that enter
  rows @0 :List(UInt32);
  weights @1 :List(Float32);
}

# Scheduler → shards: the decision about the round, the same for all of them. A group without a plan adds nothing.
struct Apply {
  round @0 :UInt32;
  plans @1 :List(Plan);
}
# Shard → scheduler: its part of version `round` exists.
struct Committed {
  round @0 :UInt32;
  shard @1 :UInt32;
  hash @2 :UInt64;                # of that part (actors/fingerprint.hpp)
  rows @3 :List(RowHash);         # in synchronous training
}
struct RowHash {
  worker @0 :UInt32;
  sha256 @1 :Text;                # of the floats that it sent to this shard
}

# Scheduler → evaluator: fetch the newest version, score it on the test set, keep it as a checkpoint.
struct Evaluate {
  version @0 :UInt32;
  score @1 :Bool;
  keep @2 :Bool;
  round @3 :UInt32;               # that made it
}
# Evaluator → scheduler: it has what that round made; the next version may be made.
struct Held {
  round @0 :UInt32;
}
# Evaluator → scheduler, when it is done: means over the test set.
struct Evaluated {
  round @0 :UInt32;
  loss @1 :Float64;
  accuracy @2 :Float64;           # top-1
  top5 @3 :Float64;
  classes @4 :List(Float64);      # top-1 of each class; NaN for one without samples
  attackSuccess @5 :Float64 = nan;  # share of the images with a backdoor's trigger that get its target; NaN: there is none
}

# Operator → scheduler.
struct Start {}
# Operator → scheduler; these take effect between rounds, and are answered as operator.capnp says. SetAttack goes on to the worker.
struct SetLr {
  lr @0 :Float32;
}
struct SetAttack {
  worker @0 :UInt32;
  name @1 :Text;
  rate @2 :Float64;
  parameters @3 :List(Value);
  start @4 :UInt32 = 1;            # these five: Times (attacks/options.hpp)
  stop @5 :UInt32;
  ramp @6 :UInt32;
  on @7 :UInt32;
  off @8 :UInt32;
}
struct Value {
  name @0 :Text;
  value @1 :Float64;
}
struct SetRule {
  name @0 :Text;
  parameters @1 :List(Value);
  pre @2 :List(Stage);            # pre-aggregators, in their order
}
struct Stage {
  name @0 :Text;
  parameters @1 :List(Value);
}
struct Stop {}

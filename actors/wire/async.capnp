@0xe3a5d07c41f98b26;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("zenops::wire");
using Training = import "training.capnp";

# Asynchronous training's messages. Push, Parameters, Worked, Measured, Plan and Committed are those of training.capnp; where those
# say `round` (Parameters: `version`), it is here the number of a trainee's task or, of Measured, Plan and Committed, of a batch:
# updates that are judged together. Version v of the parameters is what v batches made.

# Scheduler → worker, validator: take local steps, as your task of that number.
struct Task {
  number @0 :UInt32;
  lr @1 :Float32;
  fresh @2 :Bool;      # from the parameters that the shards send for it; otherwise on from where you stand
}

# Scheduler → shard: send your part of the newest parameters to that trainee, for its task. All shards get these and Fold in
# the same order, so that what a trainee is sent is one version.
struct Serve {
  to @0 :Text;
  number @1 :UInt32;
}

# Scheduler → shard: measure these for the group's validator, beside its row of that task.
struct Batch {
  number @0 :UInt32;
  group @1 :UInt32;
  updates @2 :List(Update);
  direction @3 :UInt32;  # 0: none
}
struct Update {
  worker @0 :UInt32;
  incarnation @1 :UInt32;
  number @2 :UInt32;
}

# Scheduler → shard: what was decided about a batch, which makes a version.
struct Fold {
  batch @0 :UInt32;
  plan @1 :Training.Plan;      # without workers: nothing enters
  share @2 :Float32;           # alpha
  damping @3 :List(Float32);   # of each row that enters, for its staleness
  lr @4 :Float32;              # what a row counts that is a gradient
}

# Scheduler → shard: add what validators alone may change, of that validator's row, times share. Answered by Committed of batch 0.
struct Adopt {
  group @0 :UInt32;
  direction @1 :UInt32;
  share @2 :Float32;
}

# Scheduler → shard: that update will not be judged.
struct Drop {
  update @0 :Update;
}

@0xf0c4b1a83de95726;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("zenops::wire");

# What an operator says to the scheduler of a run that is under way, beside SetLr, SetAttack, SetRule and Stop (training.capnp). All of it
# takes effect between two rounds; an order (Set…, EvictWorker, ReadmitWorker) is answered with Ordered, or with the error of what is
# wrong with it, and then nothing has changed.

# Begin no other round. Answered by Standing when none is under way. Whoever waits for a Step is answered then, too.
struct Pause {}
# Go on. Answered by Standing at once.
struct Resume {}
# So many rounds after the last that is done, or (until) as many as are missing until that one is done; then pause. Of several who ask,
# the longest way counts. Answered by Standing when they are done and the evaluations due until then have come (which nobody waits for
# when the evaluator is lost, or says nothing for ten deadlines), or when the run has ended.
struct Step {
  rounds @0 :UInt32;
  until @1 :UInt32;
}
# That worker was caught lying: it is replaced, as its reputation would do it.
struct EvictWorker {
  worker @0 :UInt32;
  why @1 :Text;
}
# That worker is out of quarantine, and its record begun anew.
struct ReadmitWorker {
  worker @0 :UInt32;
}
# Leave a snapshot of where the run stands. Answered by RunSaved when it is on the disk.
struct SaveRun {}
struct RunSaved {
  round @0 :UInt32;              # after which the run goes on from there
}
# Answered by Standing at once.
struct Survey {
  since @0 :UInt32;               # the history of the rounds after that one
}

# Scheduler → operator: the order counts from that round on.
struct Ordered {
  round @0 :UInt32;
  done @1 :Bool;                 # an eviction is under way already; otherwise it is when that round begins
}
struct Standing {
  phase @0 :Text;                # "ready" (before the first round), "training", "paused", "ended"
  round @1 :UInt32;              # the last that is done
  rounds @2 :UInt32;             # of the run
  lr @3 :Float32;                # of the next round
  rule @4 :Text;                 # "nnm + trimmed_mean f=3"
  history @5 :List(Moment);      # of the rounds that are done, the last 10000 at most
  workers @6 :List(WorkerStanding);
  orders @7 :List(Text);         # what the operator has changed: "round 4: worker/3 attacks negative scale=200"
}
struct Moment {
  round @0 :UInt32;
  loss @1 :Float64;              # mean of the workers'; NaN: not known
  accuracy @2 :Float64;          # on the test set; NaN: not evaluated
  wallSeconds @3 :Float64;
}
struct WorkerStanding {
  worker @0 :UInt32;
  incarnation @1 :UInt32;
  state @2 :Text;                # of its last answer: "answered", "absent", "not finite", …
  standing @3 :Text;             # "trusted", "warned", "quarantined"; empty: no reputation is kept
  accepted @4 :UInt64;           # of its block messages, since the run began or was taken up again
  refused @5 :UInt64;
  poisoned @6 :UInt64;
  loss @7 :Float64;              # NaN: not known
  attack @8 :Text;               # "none", "negative scale=200"
  evictions @9 :UInt32;
}

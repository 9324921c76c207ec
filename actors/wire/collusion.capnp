@0xb7d3e1905a8c642f;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("zenops::wire");
using import "/runtime/wire/runtime.capnp".TensorRef;

# How those who collude agree. Honest workers push what they send to the adversary, too (training.capnp, Push over the whole layout).

# Worker → adversary, answered by Lie when that is made: it colludes in the round that it has open, and asks what to send.
struct Consult {
  round @0 :UInt32;
}
# Adversary → worker that asked.
struct Lie {
  round @0 :UInt32;
  known @1 :Bool;                 # false: nobody honest was heard of, and there is nothing to send
  tensor @2 :TensorRef;           # the whole layout; of what the worker does not send zeros
  over @3 :Bool;                  # the adversary has gone on to another round: nothing comes of this one
}
# Adversary → scheduler: a lie is made of less than the round's honest rows.
struct Uninformed {
  round @0 :UInt32;
  note @1 :Text;                  # "2 of 5 honest rows came in time"
}

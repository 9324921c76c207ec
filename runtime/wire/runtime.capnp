@0xb3a1f60d7c2e4581;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("zenops::wire");
using Schema = import "/capnp/schema.capnp";

enum DType { float32 @0; }

# A tensor whose bytes lie beside the message: its dtype, its shape, and which of the envelope's rows holds it.
struct TensorRef {
  dtype @0 :DType;
  shape @1 :List(UInt64);
  row @2 :UInt16;
}

# The supervisor to an actor: fall.
struct Kill {
  cause @0 :Text;
  evicted @1 :Bool;  # it was caught lying
}

# The supervisor to whoever watches: this incarnation is gone.
struct Down {
  name @0 :Text;
  incarnation @1 :UInt32;
  cause @2 :Text;
  restarts @3 :Bool;  # another incarnation follows
}

# The supervisor to whoever watches: this incarnation has begun.
struct Up {
  name @0 :Text;
  incarnation @1 :UInt32;
}

# Operator → any actor; the runtime answers for it, whatever it is, with Description.
struct Describe {}
struct Description {
  name @0 :Text;
  incarnation @1 :UInt32;
  state @2 :Text;                   # in the actor's own words (Actor::summary)
  messages @3 :List(Understood);
  schemas @4 :List(Schema.Node);    # of these messages, of their answers, and of all that they are made of
  handled @5 :UInt64;               # messages, of this life
  frozen @6 :Bool;
}
# A message to which the actor answers.
struct Understood {
  id @0 :UInt64;
  answer @1 :UInt64;                # 0: none, or it does not say
  from @2 :List(Text);              # see From in runtime/behavior.hpp
}

# Operator → any actor, fault injection: leave what comes lying, until Thaw. It lives, and says nothing.
struct Freeze {}
struct Thaw {}

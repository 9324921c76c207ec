@0xb3a1f60d7c2e4581;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("zenops::wire");

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

@0xd1f4b83c6a02795e;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("zenops::bench::wire");

# The conversation that `zenops-cli bench runtime` measures.

# To a sink, which counts.
struct Note { value @0 :Int32; }
# To an echo; answered by Answer. A row beside it is read from its first to its last byte.
struct Question { value @0 :Int32; }
struct Answer {
  value @0 :Int32;
  sum @1 :UInt32;          # of the row's words
  pid @2 :UInt32;
  incarnation @3 :UInt32;
}
# Whoever measures, to an asker or a teller: begin.
struct Go {}

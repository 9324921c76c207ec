@0xc1f3a7d5926be084;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("zenops::wire");

# Client → head → host, as the arguments of an actor of a program: which of its types, and what it is made of.
struct Made {
  type @0 :Text;
  arguments @1 :Data;  # an envelope, as to_bytes() writes it; none: it has none
}

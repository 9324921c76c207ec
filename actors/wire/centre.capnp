@0xb7d24e09c6a1f358;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("zenops::wire");

# Of a rule that believes the median of its rows, where the shards did not all take the same ones.

# Validator → shard: these enter, of your group's round (or batch) of that number. Measure them again beside the median of these alone;
# answered by Measured.
struct Centre {
  round @0 :UInt32;
  workers @1 :List(UInt32);
}

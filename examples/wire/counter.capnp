@0x9c1b6f0d5a37e284;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("counting");

struct Increment { by @0 :Int64; }  # anybody to a counter
struct Get {}                       # anybody to a counter; answered by Total
struct Total { value @0 :Int64; }

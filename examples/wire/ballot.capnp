@0xd36d1dad20842ee2;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("example");

struct Learn { fact @0 :Int64; }  # anybody to a voter
struct Ask {}                     # anybody to a voter; answered by Vote
struct Vote { sum @0 :Int64; }    # of what it has learned
struct Stumble {}                 # anybody to a voter: fall

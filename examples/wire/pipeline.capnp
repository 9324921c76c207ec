@0xe85a1d7c3f6209b4;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("pipeline");

struct Line { text @0 :Text; }                             # the main part to a splitter; answered by Passed
struct Passed {}
struct Words { words @0 :List(Text); }                     # a splitter to the counter; answered by Passed
struct Top { count @0 :UInt32; }                           # anybody to the counter; answered by Counts
struct Counts { words @0 :List(Text); counts @1 :List(UInt32); }

@0xb7e40c92d1f5a836;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("ps");

# The numbers are rows that lie beside the messages.
struct Pull {}                                      # anybody to the server; answered by Weights
struct Weights { version @0 :UInt64; pid @1 :UInt32; }  # with one row: the weights
struct Push {}                                      # a worker to the server, with one row: a gradient; answered by Weights
struct Work { steps @0 :UInt32; }                   # the main part to a worker; answered by Done
struct Done { loss @0 :Float32; pid @1 :UInt32; }

@0xa6cf0c1be83d9d27;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("zenops::wire");

# The tests' own conversation.
struct Add { delta @0 :Int64; }
struct Tell { to @0 :Text; }     # tell the sum to somebody
struct Sum { value @0 :Int64; rowSum @1 :Float32; pid @2 :UInt32; incarnation @3 :UInt32; gpus @4 :Text; }  # gpus: CUDA_VISIBLE_DEVICES, if it is set
struct Ask {}                    # answered by Sum
struct Pass { to @0 :Text; }     # answered by what that one answers to Ask
struct Fall { cause @0 :Text; }
struct Finish {}                 # end, normally
struct Accuse { name @0 :Text; incarnation @1 :UInt32; cause @2 :Text; }   # have it evicted

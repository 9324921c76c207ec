@0xe2b7c4a19d5f3086;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("zenops::wire");

# How processes become a cluster. The head knows all names; a node starts processes on its machine; a process, named
# process/ID after its number, brings actors to life.

# One process to another, the first parcel on a connection, and its answer.
struct Link {
  host @0 :Text;
  port @1 :UInt16;
  hostKey @2 :Text;
  answer @3 :Bool;
}
# A process to the process whose rows it was shown, when it has nothing else to say: the parcel says which of them it needs no more.
struct Release {}
# A process to the process of a sender whose life is over, as far as it has been told: end it, if it still lives.
struct Fenced {
  name @0 :Text;
  incarnation @1 :UInt32;
}
# A process to one that it has been told is gone, when that one speaks: the cluster has gone on without it.
struct Forgotten {}
# A process to the process that adds them up: the bytes that its actors have sent until now, by kind of actor.
struct Sent {
  kinds @0 :List(Text);
  sent @1 :List(UInt64);
  received @2 :List(UInt64);
}
# Instead of an answer.
struct Failed {
  code @0 :UInt8;  # Ec
  what @1 :Text;
  lack @2 :UInt8;  # Lack
}
# An answer that says nothing but that it was done.
struct Done {}

struct Life {
  name @0 :Text;
  incarnation @1 :UInt32;
  process @2 :UInt64;
  alive @3 :Bool;
  cause @4 :Text;
  restarts @5 :Bool;
}
struct Peer {
  process @0 :UInt64;
  host @1 :Text;
  port @2 :UInt16;
  hostKey @3 :Text;
}
# What an actor needs.
struct Resources {
  cores @0 :Float64;
  gpus @1 :Float64;
  memory @2 :UInt64;  # bytes
  custom @3 :List(Amount);
  gpuMemory @4 :UInt64;      # bytes on each of the GPUs
  gpu @5 :Int32 = -1;        # the index of the one that it must be; below 0: any
}
struct Amount {
  name @0 :Text;
  value @1 :Float64;
}
# What a machine has to give.
struct Offers {
  name @0 :Text;             # of the node
  cores @1 :Float64;
  gpus @2 :List(Gpu);
  memory @3 :UInt64;
  custom @4 :List(Amount);
}

struct Gpu {
  index @0 :Int32;
  memory @1 :UInt64;         # bytes; 0: not known
  instance @2 :Bool;         # of one, which the driver shows as one
}

# Process → head: here it is. Again after the head was gone; with whoever lives in it. Answered by Welcome or Failed.
struct Hello {
  version @0 :Text;
  peer @1 :Peer;
  pid @2 :UInt32;
  role @3 :Role;
  offers @4 :Offers;         # of a node
  lives @5 :List(Life);
  job @6 :UInt64;            # a host's
  label @7 :Text;            # what it is called in logs
  runtime @8 :Text;          # the version of what makes processes a cluster: everybody's is the head's; that of the program: all but clients'
}
enum Role {
  host @0;                   # started by a node for a job
  node @1;
  client @2;
}
struct Welcome {
  head @0 :UInt32;           # its incarnation
}
# Head → every process: what has changed since it was told last, or all there is.
struct News {
  lives @0 :List(Life);
  peers @1 :List(Peer);
  gone @2 :List(UInt64);
  erased @3 :List(Text);     # names that may begin anew: their job has ended
  number @4 :UInt64;         # higher than that of all news before it, those of heads before this one among them
}
# Process → head, and its answer.
struct Beat {}
# The head's process to the head: a connection broke, or could not be made.
struct Lost {
  process @0 :UInt64;
}

# What a process that a node starts is told.
struct Birth {
  process @0 :UInt64;
  job @1 :UInt64;
  label @2 :Text;
  headHost @3 :Text;
  headPort @4 :UInt16;
  accountant @5 :UInt64;     # the job's client
  bind @6 :Text;             # the node's
  node @7 :Text;             # its name
  gpus @8 :Text;             # those that it may see, as CUDA_VISIBLE_DEVICES has them; empty: whatever its node sees
}

# Head → node.
struct StartProcess {
  process @0 :UInt64;
  job @1 :UInt64;
  bytes @2 :Data;            # what the job's processes are prepared by
  label @3 :Text;            # what its output is called in logs
  accountant @4 :UInt64;
  gpus @5 :List(Int32);      # the indices of those that it was given
}
struct KillProcess {
  process @0 :UInt64;
}
struct EndJob {
  job @0 :UInt64;
}
# Node → head.
struct ProcessStarted {
  process @0 :UInt64;
  pid @1 :UInt32;
}
struct ProcessEnded {
  process @0 :UInt64;
  cause @1 :Text;
}
# Node → head → the job's client: a line of a process's output, or of what the head has to say.
struct Line {
  process @0 :UInt64;        # 0: none of them
  text @1 :Text;
  job @2 :UInt64;
}
# A node to itself: its nursery of that job has ended.
struct JobFailed {
  job @0 :UInt64;
  why @1 :Text;
}

# Head → host.
struct StartActor {
  name @0 :Text;
  incarnation @1 :UInt32;
  arguments @2 :Data;
  kept @3 :Kept;             # by a life before it; its rows are this message's
}
# What an actor has kept for its next life: a message, as its words. The rows lie beside the message that carries it.
struct Kept {
  type @0 :UInt64;
  words @1 :Data;
}
# An actor's process → head: keep that for its next life. Answered by Done or Failed.
struct Keep {
  name @0 :Text;
  incarnation @1 :UInt32;
  state @2 :Kept;
}
struct StopActor {
  name @0 :Text;
  incarnation @1 :UInt32;
  cause @2 :Text;
}
# Host → head.
struct Began {
  name @0 :Text;
  incarnation @1 :UInt32;
}
# Also of one that was told to stop.
struct Fell {
  name @0 :Text;
  incarnation @1 :UInt32;
  cause @2 :Text;
  normally @3 :Bool;         # it has done its work
}
# Head → host, node: end yourself.
struct Quit {}

# Client → head; answered by JobOpened, and with Done or Failed.
struct OpenJob {
  name @0 :Text;
  bytes @1 :Data;
  version @2 :Text;          # of the program, where it must be the head's; empty: its nodes will say whether they know what is asked for
}
struct JobOpened {
  job @0 :UInt64;
}
struct CloseJob {
  job @0 :UInt64;
}
struct Restart {
  intensity @0 :UInt32;
  periodMs @1 :UInt64;
  backoffMs @2 :UInt64;
  maxBackoffMs @3 :UInt64;
}
# All of them or none.
struct Spawn {
  job @0 :UInt64;
  actors @1 :List(Spec);
  sets @2 :List(Strategy);   # each set of actors is placed by its own; the first ones first
  onlyTry @3 :Bool;          # whether it could be done
  supervisors @4 :List(Supervisor);  # none: one that begins each again for itself
}
struct Supervisor {
  strategy @0 :Together;
  restart @1 :Restart;       # of the group
  nodeEvictions @2 :UInt32;  # of its actors on one node, then nobody is placed there any more; 0: that never happens
}
enum Together {
  oneForOne @0;
  oneForAll @1;
  restForOne @2;
}
enum Lifetime {
  permanent @0;
  transient @1;
  temporary @2;
}
enum Strategy {
  pack @0;
  spread @1;
  strictPack @2;
  strictSpread @3;
}
struct Spec {
  name @0 :Text;
  arguments @1 :Data;
  group @2 :Text;            # actors of one group share a process; empty: one of its own
  here @3 :Bool;             # in the client's process
  restart @4 :Restart;
  needs @5 :Resources;
  set @6 :UInt16;
  supervisor @7 :UInt16;     # they are started in the order in which they stand here
  lifetime @8 :Lifetime;
  on @9 :Text;               # that node only; empty: any
  near @10 :Text;            # on the host where that actor lives; empty: any
}
# Operator → head: end that life, as a crash would.
struct KillActor {
  name @0 :Text;
  cause @1 :Text;
}
# The job's client → head: that life was caught lying. Another follows, in another process and, while there is room, on another node.
struct EvictActor {
  name @0 :Text;
  incarnation @1 :UInt32;
  cause @2 :Text;
}
# Operator → head, answered by Report.
struct Inquire {}
struct Report {
  nodes @0 :List(NodeReport);
  actors @1 :List(ActorReport);
}
struct NodeReport {
  offers @0 :Offers;
  used @1 :Resources;
  pid @2 :UInt32;
  address @3 :Text;
  processes @4 :UInt32;      # of jobs
  evictions @5 :UInt32;
  draining @6 :Bool;
  gpuMemoryUsed @7 :List(UInt64);  # of each GPU that it offers
}
struct ActorReport {
  name @0 :Text;
  incarnation @1 :UInt32;
  state @2 :Text;
  node @3 :Text;
  pid @4 :UInt32;
  job @5 :Text;
  falls @6 :UInt32;
  cause @7 :Text;            # of the end of its last life
  ended @8 :Int64;           # when that was, in milliseconds since 1970; 0: none has ended
  gpus @9 :List(Int32);      # of its node, that its process was given
}
# Operator → head → all processes, fault injection: what actors of the one side say to those of the other is lost, both ways, until
# Heal. A name that ends with / stands for all that begin so.
struct Sever {
  one @0 :List(Text);
  other @1 :List(Text);
}
struct Heal {}
# Head → process, answered with Done: these are the cuts now.
struct Cuts {
  cuts @0 :List(Sever);
}
# Operator → head: end the whole cluster.
struct Shutdown {}

# What a head must still know after it fell, of a job and of an actor.
struct JobRecord {
  name @0 :Text;
  bytes @1 :Data;
  client @2 :UInt64;
  supervisors @3 :List(Supervisor);  # of all that it has spawned
}
struct ActorRecord {
  job @0 :UInt64;
  spec @1 :Spec;
  incarnation @2 :UInt32;
  process @3 :UInt64;
  node @4 :Text;
  order @5 :UInt32;          # they are started in
  gpus @6 :List(Int32);      # of its node
}

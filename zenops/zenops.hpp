#pragma once
/// What a program with actors of its own needs: Program, Cluster, Actor, Ref and Mesh. docs/cpp.md shows how.
#include "runtime/cluster.hpp"
#include "runtime/program.hpp"
#include "runtime/wire/runtime.capnp.h"

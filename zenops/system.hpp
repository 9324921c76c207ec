#pragma once
/// Actors of one process without a program around them: component `runtime`.
#include "runtime/mesh.hpp"
#include "runtime/system.hpp"

#pragma once
/// A training of our own roles in a program of yours: component `training`.
#include "actors/training.hpp"
#include "configs/config.hpp"
#include "configs/job.hpp"

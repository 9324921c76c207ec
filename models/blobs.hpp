#pragma once
#include <vector>

#include "models/dataset.hpp"

namespace zenops {

/// Gaussian clusters: a centre per class, its coordinates standard normal, and samples around it with deviation
/// `spread`, each class in turn. A pure function of parameters and seed.
Dataset make_blobs(const Parameters& parameters, uint64_t seed);
std::vector<Parameter> blobs_parameters();

}  // namespace zenops

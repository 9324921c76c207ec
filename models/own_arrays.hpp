#pragma once
#include <vector>

#include "models/dataset.hpp"

namespace zenops {

/// A user's own samples: data.file, a safetensors file with the tensors inputs, labels, test_inputs and test_labels, or
/// four .npy files in data.inputs, data.labels, data.test_inputs and data.test_labels.
///
/// Inputs are (samples, features), (samples, height, width) or images in data.order. Bytes are taken for pixels and
/// normalised by what the training inputs' channels have for mean and deviation; other numbers are taken as they are.
/// Labels are (samples) whole numbers from 0; the classes are as many as the parameter says, or the largest label of
/// the training set + 1. Throws UserError: bad_config when it is not said where they are; bad_data naming file and
/// tensor for shapes, types and labels that do not fit, and for inputs that are not finite.
Dataset load_own_arrays(const DataOptions& options);
std::vector<Parameter> own_arrays_parameters();

}  // namespace zenops

#pragma once
#include <vector>

#include "models/dataset.hpp"

namespace zenops {

/// A file as a text of characters (bytes), cut into pieces of `length`: a sample is a piece, 1 × length × 1 numbers of
/// characters, and its labels are the character after each. The characters that occur in the file are numbered in the
/// order of their bytes; they are the classes. The last `test` of the pieces are the test set. Throws UserError
/// (bad_data) naming the file when it is too short for one piece of either.
Dataset load_text(const DataOptions& options);
std::vector<Parameter> text_parameters();

}  // namespace zenops

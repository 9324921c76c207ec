#pragma once
#include <array>
#include <filesystem>
#include <string>

#include "models/dataset.hpp"

namespace zenops {

/// MNIST, or what comes in its four files: ten classes of one-channel images.
struct MnistFormat {
  float mean, deviation;
  std::string how_to_get;
  /// Of the unpacked files: images and labels to train on, images and labels to test on.
  std::array<std::string, 4> sha256;
  static MnistFormat digits();
  static MnistFormat fashion();
};

/// Reads the four files in `folder`, gzipped or not. With `verify` they must be the very files of that data set. Throws
/// UserError (bad_data) naming the file and what is wrong with it, and how to get it when it is not there.
Dataset load_mnist(const MnistFormat& format, const std::filesystem::path& folder, bool verify);

}  // namespace zenops

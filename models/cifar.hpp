#pragma once
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "models/dataset.hpp"

namespace zenops {

/// One of the two data sets of Krizhevsky 2009 in its binary version: files of records, each of them labels (the last
/// one counts) and an image of 32 × 32 pixels, first all its red, then all its green, then all its blue.
struct CifarFormat {
  std::vector<std::string> train;  // file names
  std::string test;
  size_t labels;  // bytes before the image
  uint32_t classes;
  size_t train_images, test_images;  // of each file
  std::array<float, 3> mean, deviation;
  std::string folder;  // where the files lie once its archive is unpacked
  std::string how_to_get;
  static CifarFormat ten();
  static CifarFormat hundred();
};

/// Reads the files in `folder`, or in the format's own folder inside it. With `verify` each must hold as many images as
/// the data set is known for. Throws UserError (bad_data) naming the file and what is wrong with it, and how to get it
/// when it is not there.
Dataset load_cifar(const CifarFormat& format, const std::filesystem::path& folder, bool verify);

}  // namespace zenops

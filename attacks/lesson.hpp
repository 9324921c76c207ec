#pragma once
#include <cstdint>
#include <span>

namespace zenops {

/// What somebody is about to train on: samples as the model gets them, and their labels. A liar in its data changes both.
struct Lesson {
  uint32_t samples = 0, height = 0, width = 0, channels = 0;  // of blobs and texts height is 1
  uint32_t classes = 0;                                       // labels are below it
  std::span<float> inputs = {};                               // samples × height × width × channels
  std::span<int64_t> labels = {};                             // samples × the labels of one, which are many in a text
  std::span<const float> mean = {}, deviation = {};           // by channel: pixel p in [0, 1] is (p − mean) / deviation; none: p
};

}  // namespace zenops

#include "models/weights.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <system_error>

#include "base/expected.hpp"
#include "base/safetensors.hpp"

namespace zenops {
namespace {

constexpr size_t named = 8;  // of the tensors that do not fit; of more only the number is told

/// What does not fit, one line each.
class Objections {
 public:
  void add(const std::string& tensor, const std::string& what) {
    if (++count_ <= named) text_ += "\n  " + tensor + ": " + what;
  }
  void raise(const std::filesystem::path& path) const {
    if (count_ == 0) return;
    const std::string more = count_ > named ? "\n  and " + std::to_string(count_ - named) + " more" : "";
    throw UserError(UserError::bad_data, path.string() + ": not the weights of this model:" + text_ + more);
  }

 private:
  size_t count_ = 0;
  std::string text_;
};

std::string legible(const std::string& name) {
  std::string out;
  for (const char c : name) out += c >= ' ' && c != '\x7f' ? c : '?';
  return out;
}

}  // namespace

std::vector<float> load_weights(const std::filesystem::path& path, const Layout& layout) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return load_weights(path / "weights.safetensors", layout);
  const Arrays read = read_safetensors_arrays(path);
  std::map<std::string, const Array*> found;
  for (const auto& [name, array] : read.arrays) found[name] = &array;
  std::vector<float> out(layout.dimension());
  Objections objections;
  for (const Block& block : layout.blocks()) {
    const auto at = found.find(block.name);
    if (at == found.end()) {
      objections.add(block.name, "missing, expected " + to_string(block.shape));
      continue;
    }
    const Array& array = *at->second;
    found.erase(at);
    if (array.shape != block.shape) {
      objections.add(block.name, "its shape is " + to_string(array.shape) + ", expected " + to_string(block.shape));
    } else if (!is_float(array.dtype)) {
      objections.add(block.name, "its dtype is " + std::string(to_string(array.dtype)) + ", expected floats");
    } else {
      const std::vector<float> values = to_floats(array);
      if (!std::ranges::all_of(values, [](float x) { return std::isfinite(x); }))
        objections.add(block.name, "not finite");
      std::ranges::copy(values, out.begin() + static_cast<std::ptrdiff_t>(block.offset));
    }
  }
  // A batch norm of PyTorch counts its batches; nothing here does.
  for (const auto& [name, array] : found)
    if (!name.ends_with(".num_batches_tracked"))
      objections.add(legible(name), "unknown, of shape " + to_string(array->shape));
  objections.raise(path);
  return out;
}

}  // namespace zenops

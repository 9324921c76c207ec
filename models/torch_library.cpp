#include "models/torch_library.hpp"

#include <dlfcn.h>

#include <string>
#include <system_error>

#include "base/expected.hpp"

namespace zenops {
namespace {

constexpr auto file_name = "libzenops_torch.so";

std::vector<std::filesystem::path> usual_folders() {
  std::vector<std::filesystem::path> folders;
  std::error_code error;
  if (const auto program = std::filesystem::read_symlink("/proc/self/exe", error); !error)
    folders = {program.parent_path(), program.parent_path().parent_path() / "lib"};
  folders.emplace_back();                     // for programs that were linked with an installed zenops
  folders.emplace_back(ZENOPS_TORCH_FOLDER);  // for programs that lie elsewhere in the build tree
  return folders;
}

[[noreturn]] void refuse(const std::string& what) { throw UserError(UserError::run_failed, what); }

}  // namespace

const TorchLibrary& open_torch_library(const std::vector<std::filesystem::path>& folders) {
  std::string looked;
  for (const auto& folder : folders) {
    const auto path = folder / file_name;
    std::error_code error;
    const bool anywhere = folder.empty();
    // Never closed: torch keeps threads' and exit handlers' code.
    void* library = anywhere || std::filesystem::exists(path, error) ? dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL) : nullptr;
    if (!library && (anywhere || !std::filesystem::exists(path, error))) {
      looked += (looked.empty() ? "" : ", ") + (anywhere ? "the program's run path (" + std::string(dlerror()) + ")" : folder.string());
      continue;
    }
    if (!library) refuse(path.string() + " does not load: " + dlerror());
    const auto offer = reinterpret_cast<const TorchLibrary* (*)()>(dlsym(library, torch_library_symbol));
    if (!offer) refuse(path.string() + " is not zenops' library: " + dlerror());
    return *offer();
  }
  refuse(std::string(file_name) + ", which training needs, is in none of " + looked);
}

const TorchLibrary& torch_library() {
  static const TorchLibrary& library = open_torch_library(usual_folders());
  return library;
}

}  // namespace zenops

# Libtorch::cpu from a directory that holds libtorch's include/ and lib/: TORCH_ROOT, or what `./dev setup` installed.
# Torch's own CMake files are not used: they refuse to configure a CUDA build of torch where there is no CUDA toolkit.
include(FindPackageHandleStandardArgs)
find_path(Libtorch_INCLUDE_DIR torch/torch.h
  HINTS ${TORCH_ROOT}/include ${TORCH_ROOT}/include/torch/csrc/api/include
  PATH_SUFFIXES torch/csrc/api/include)
find_path(Libtorch_ATEN_DIR ATen/ATen.h HINTS ${TORCH_ROOT}/include)
find_library(Libtorch_CPU_LIBRARY torch_cpu HINTS ${TORCH_ROOT}/lib)
find_library(Libtorch_C10_LIBRARY c10 HINTS ${TORCH_ROOT}/lib)
find_package_handle_standard_args(Libtorch
  REQUIRED_VARS Libtorch_CPU_LIBRARY Libtorch_C10_LIBRARY Libtorch_INCLUDE_DIR Libtorch_ATEN_DIR
  REASON_FAILURE_MESSAGE "run ./dev setup, or give -DTORCH_ROOT=<a directory with libtorch's include/ and lib/>")
if(Libtorch_FOUND AND NOT TARGET Libtorch::cpu)
  add_library(Libtorch::c10 SHARED IMPORTED)
  set_target_properties(Libtorch::c10 PROPERTIES IMPORTED_LOCATION ${Libtorch_C10_LIBRARY})
  add_library(Libtorch::cpu SHARED IMPORTED)
  set_target_properties(Libtorch::cpu PROPERTIES
    IMPORTED_LOCATION ${Libtorch_CPU_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES "${Libtorch_ATEN_DIR};${Libtorch_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES Libtorch::c10)
endif()

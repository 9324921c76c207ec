# Libtorch::cpu, and Libtorch::cuda where its libraries are there too, from a directory that holds libtorch's include/ and lib/: TORCH_ROOT, or what `./dev setup` installed.
# Torch's own CMake files are not used: they refuse to configure a CUDA build of torch where there is no CUDA toolkit.
include(FindPackageHandleStandardArgs)
find_path(Libtorch_INCLUDE_DIR torch/torch.h
  HINTS ${TORCH_ROOT}/include ${TORCH_ROOT}/include/torch/csrc/api/include
  PATH_SUFFIXES torch/csrc/api/include)
find_path(Libtorch_ATEN_DIR ATen/ATen.h HINTS ${TORCH_ROOT}/include)
find_library(Libtorch_CPU_LIBRARY torch_cpu HINTS ${TORCH_ROOT}/lib)
find_library(Libtorch_C10_LIBRARY c10 HINTS ${TORCH_ROOT}/lib)
find_library(Libtorch_CUDA_LIBRARY torch_cuda HINTS ${TORCH_ROOT}/lib)
find_library(Libtorch_C10_CUDA_LIBRARY c10_cuda HINTS ${TORCH_ROOT}/lib)
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
if(Libtorch_CUDA_LIBRARY AND Libtorch_C10_CUDA_LIBRARY AND NOT TARGET Libtorch::cuda)
  add_library(Libtorch::c10_cuda SHARED IMPORTED)
  set_target_properties(Libtorch::c10_cuda PROPERTIES IMPORTED_LOCATION ${Libtorch_C10_CUDA_LIBRARY})
  add_library(Libtorch::torch_cuda SHARED IMPORTED)
  set_target_properties(Libtorch::torch_cuda PROPERTIES IMPORTED_LOCATION ${Libtorch_CUDA_LIBRARY})
  # As needed would leave torch's kernels out: they are found by what they register when they are loaded, not by their names.
  add_library(Libtorch::cuda INTERFACE IMPORTED)
  target_link_libraries(Libtorch::cuda INTERFACE Libtorch::cpu Libtorch::c10_cuda
    -Wl,--push-state,--no-as-needed Libtorch::torch_cuda -Wl,--pop-state)
endif()

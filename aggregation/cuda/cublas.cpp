#include "aggregation/cuda/cublas.hpp"

#include <dlfcn.h>

#include <string>

#include "aggregation/cuda/error.hpp"

#if __has_include(<cublas_v2.h>)
#include <cublas_v2.h>
#include <cuda_runtime.h>

namespace zenops::cuda {

/// The functions of it that are used, and what they are called with.
struct Cublas::Library {
  Library() {
    const std::string name = "libcublas.so." + std::to_string(CUBLAS_VER_MAJOR);
    library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) throw Error("cuBLAS is asked for, and cannot be loaded: " + std::string(dlerror()));
    find("cublasCreate_v2", create);
    find("cublasDestroy_v2", destroy);
    find("cublasSetStream_v2", set_stream);
    find("cublasSetMathMode", set_math_mode);
    find("cublasSgemm_v2", sgemm);
  }
  /// It stays loaded: what it began on a card may outlive us.
  ~Library() {
    if (handle) (void)destroy(handle);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  template <class Function>
  void find(const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    if (!function) throw Error("cuBLAS lacks " + std::string(name));
  }

  void* library = nullptr;
  decltype(&cublasCreate_v2) create = nullptr;
  decltype(&cublasDestroy_v2) destroy = nullptr;
  decltype(&cublasSetStream_v2) set_stream = nullptr;
  decltype(&cublasSetMathMode) set_math_mode = nullptr;
  decltype(&cublasSgemm_v2) sgemm = nullptr;
  cublasHandle_t handle = nullptr;
};

namespace {

void check(cublasStatus_t status, const char* doing) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  (void)cudaGetLastError();  // it is told here: the next launch is not to be blamed for it
  throw Error("cuBLAS, " + std::string(doing) + ": status " + std::to_string(static_cast<int>(status)));
}

}  // namespace

Cublas::Cublas(cudaStream_t stream) : library_(std::make_unique<Library>()) {
  check(library_->create(&library_->handle), "beginning");
  check(library_->set_stream(library_->handle, stream), "beginning");
  check(library_->set_math_mode(library_->handle, CUBLAS_PEDANTIC_MATH), "beginning");
}
Cublas::~Cublas() = default;

// Its matrices are column by column, so that it is asked for outᵀ = rowsᵀ · weightsᵀ.
void Cublas::product(const float* weights, const float* rows, size_t m, size_t n, size_t size, size_t pitch,
                     float* out) {
  const float one = 1, zero = 0;
  const auto as_int = [](size_t x) { return static_cast<int>(x); };
  check(library_->sgemm(library_->handle, CUBLAS_OP_N, CUBLAS_OP_N, as_int(size), as_int(m), as_int(n), &one, rows,
                        as_int(pitch), weights, as_int(n), &zero, out, as_int(pitch)),
        "multiplying");
}

}  // namespace zenops::cuda

#else

namespace zenops::cuda {

struct Cublas::Library {};
Cublas::Cublas(cudaStream_t) { throw Error("cuBLAS is asked for, and the toolkit of this build had none"); }
Cublas::~Cublas() = default;
void Cublas::product(const float*, const float*, size_t, size_t, size_t, size_t, float*) {}

}  // namespace zenops::cuda

#endif

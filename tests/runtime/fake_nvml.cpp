// A management library of a driver that is made up: it has FAKE_GPUS GPUs of 80 GiB. Loaded as libnvidia-ml.so.1.
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

struct Memory {
  unsigned long long total, free, used;
};

const char* said() {
  const char* text = std::getenv("FAKE_GPUS");
  return text == nullptr ? "0" : text;
}

}  // namespace

extern "C" {
int nvmlInit_v2() { return std::strcmp(said(), "broken") == 0 ? 9 : 0; }
int nvmlShutdown() { return 0; }
int nvmlDeviceGetCount_v2(unsigned int* count) {
  *count = static_cast<unsigned int>(std::atol(said()));
  return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void** device) {
  *device = reinterpret_cast<void*>(static_cast<size_t>(index) + 1);
  return 0;
}
int nvmlDeviceGetMemoryInfo(void*, Memory* memory) {
  *memory = {80ull << 30, 80ull << 30, 0};
  return 0;
}
int nvmlDeviceGetUUID(void* device, char* id, unsigned int size) {
  std::snprintf(id, size, "GPU-fake-%zu", reinterpret_cast<size_t>(device) - 1);
  return 0;
}
}

// A management library of a driver that is made up: it has FAKE_GPUS GPUs of 80 GiB, of which FAKE_MIG (a number) is cut into two instances of
// 10 GiB, the first and the third of seven that there could be. Loaded as libnvidia-ml.so.1.
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

size_t number(void* device) { return reinterpret_cast<size_t>(device) - 1; }
constexpr size_t instances = 10'000;  // the handle of the first instance of GPU 0

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
int nvmlDeviceGetMemoryInfo(void* device, Memory* memory) {
  const unsigned long long bytes = (number(device) >= instances ? 10ull : 80ull) << 30;
  *memory = {bytes, bytes, 0};
  return 0;
}
int nvmlDeviceGetMigMode(void* device, unsigned int* now, unsigned int* after_reset) {
  const char* cut = std::getenv("FAKE_MIG");
  *after_reset = 1;
  if (cut == nullptr) return 3;  // it cannot be cut
  *now = number(device) == static_cast<size_t>(std::atol(cut));
  return 0;
}
int nvmlDeviceGetMaxMigDeviceCount(void*, unsigned int* count) {
  *count = 7;
  return 0;
}
int nvmlDeviceGetMigDeviceHandleByIndex(void* device, unsigned int index, void** instance) {
  if (index != 0 && index != 2) return 6;  // there is none
  *instance = reinterpret_cast<void*>(instances + 10 * number(device) + index + 1);
  return 0;
}
int nvmlDeviceGetUUID(void* device, char* id, unsigned int size) {
  const bool instance = number(device) >= instances;
  std::snprintf(id, size, instance ? "MIG-fake-%zu" : "GPU-fake-%zu", number(device) - (instance ? instances : 0));
  return 0;
}
}

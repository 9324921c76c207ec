#include "runtime/this_machine.hpp"

#include <unistd.h>

#include "base/pool.hpp"
#include "runtime/gpus.hpp"

namespace zenops {

NodeSpec this_machine() {
  char name[256] = "";
  gethostname(name, sizeof name - 1);
  const auto pages = static_cast<uint64_t>(std::max(0L, sysconf(_SC_PHYS_PAGES)));
  const auto page = static_cast<uint64_t>(std::max(0L, sysconf(_SC_PAGESIZE)));
  return {.name = name, .host = {}, .cores = static_cast<double>(usable_cores()), .gpus = find_gpus().gpus, .memory = pages * page};
}

}  // namespace zenops

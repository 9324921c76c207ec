#include "runtime/birth.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string_view>

#include "base/background_pool.hpp"
#include "runtime/membership.hpp"
#include "runtime/process_agent.hpp"

namespace zenops {
namespace {

Envelope birth_of(const std::string& bytes) {
  Envelope envelope;
  envelope.type = capnp::typeId<wire::Birth>();
  envelope.words = Words(std::as_bytes(std::span(bytes)));
  return envelope;
}

}  // namespace

int live(const std::string& birth, const std::string& version,
         const std::function<int(const std::string& label)>& threads, const std::function<Troupe(const Means&)>& make) {
  const Envelope envelope = birth_of(birth);
  const Msg<wire::Birth> born(envelope);
  // While this is the only thread, and before anything has asked the driver: CUDA reads it once.
  if (born->getGpus().size() > 0) {
    setenv("CUDA_VISIBLE_DEVICES", born->getGpus().cStr(), 1);
    setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID", 1);  // numbers are those of the management library
  }
  const std::string_view gpus(born->getGpus().cStr(), born->getGpus().size());
  const int given = gpus.empty() ? 0 : 1 + static_cast<int>(std::ranges::count(gpus, ','));
  try {
    SystemClock clock;
    const auto pool = background_pool(threads(born->getLabel()));
    auto memory = std::make_shared<SharedMemory>();
    Membership::Options options{.process = born->getProcess(),
                                .version = version,
                                .bind = born->getBind(),
                                .head_host = born->getHeadHost(),
                                .head_port = born->getHeadPort(),
                                .job = born->getJob(),
                                .label = born->getLabel(),
                                .accountant = born->getAccountant()};
    options.memory = memory;
    // Its output becomes lines in the logs of the node and of the client.
    options.log = [](const std::string& line) { std::cerr << line + '\n'; };
    Membership member(std::move(options), make({*pool, memory, born->getNode(), born->getLabel(), given}), clock, *pool);
    if (const std::string why = member.wait(); why != cluster_ended)
      std::cerr << born->getLabel().cStr() + (" ends: " + why) + '\n';
  } catch (const UserError& e) {
    std::cerr << std::string(e.what()) + '\n';
    _exit(e.exit_code());
  }
  _exit(0);  // without the ends of what the nursery had prepared: they belong to it
}

}  // namespace zenops

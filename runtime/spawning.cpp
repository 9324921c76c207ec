#include "runtime/spawning.hpp"

#include "runtime/wire/cluster_words.hpp"
#include "runtime/wire/program.capnp.h"

namespace zenops {

std::string made_of(const std::string& type, const Envelope& arguments) {
  const Envelope made = Envelope::of<wire::Made>([&](wire::Made::Builder out) {
    out.setType(type);
    if (arguments.words.empty()) return;
    const auto bytes = to_bytes(arguments);
    out.setArguments({reinterpret_cast<const kj::byte*>(bytes.data()), bytes.size()});
  });
  const auto words = made.words.bytes();
  return {reinterpret_cast<const char*>(words.data()), words.size()};
}

Envelope spawning(uint64_t job, const std::vector<std::string>& names, const std::string& made, const SpawnOptions& how, bool here) {
  return Envelope::of<wire::Spawn>([&](wire::Spawn::Builder out) {
    out.setJob(job);
    out.initSets(1).set(0, how.where.spread ? wire::Strategy::SPREAD : wire::Strategy::PACK);
    auto actors = out.initActors(static_cast<uint32_t>(names.size()));
    for (uint32_t k = 0; k < names.size(); ++k) {
      actors[k].setName(names[k]);
      actors[k].setArguments(bytes_of(made));
      actors[k].setHere(here);
      actors[k].setLifetime(static_cast<wire::Lifetime>(how.lifetime));
      actors[k].setOn(how.where.on);
      actors[k].setNear(how.where.near);
      write(how.restarts, actors[k].initRestart());
      write(how.needs, actors[k].initNeeds());
    }
  });
}

}  // namespace zenops

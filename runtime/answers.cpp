#include "runtime/answers.hpp"

#include <algorithm>

#include "runtime/wire/cluster.capnp.h"
#include "runtime/wire/runtime.capnp.h"

namespace zenops {

Envelope failure(const Error& error) {
  return Envelope::of<wire::Failed>([&](wire::Failed::Builder out) {
    out.setCode(static_cast<uint8_t>(error.code));
    out.setWhat(error.what);
    out.setLack(static_cast<uint8_t>(error.lack));
  });
}

Envelope news_of(const Life& life) {
  if (life.alive)
    return Envelope::of<wire::Up>([&](wire::Up::Builder up) {
      up.setName(life.who.name);
      up.setIncarnation(life.who.incarnation);
    });
  return Envelope::of<wire::Down>([&](wire::Down::Builder down) {
    down.setName(life.who.name);
    down.setIncarnation(life.who.incarnation);
    down.setCause(life.cause);
    down.setRestarts(life.restarts);
  });
}

Expected<Envelope> opened(Envelope answer, const Address& from) {
  if (answer.type != capnp::typeId<wire::Failed>()) return answer;
  try {
    const Msg<wire::Failed> failed(answer);
    Ec code = static_cast<Ec>(std::min<uint8_t>(failed->getCode(), static_cast<uint8_t>(Ec::failed)));
    if (!from.name.empty() && (code == Ec::unreachable || code == Ec::timeout)) code = Ec::failed;
    return fail(code, failed->getWhat(), static_cast<Lack>(std::min<uint8_t>(failed->getLack(), static_cast<uint8_t>(Lack::other))));
  } catch (const kj::Exception& e) {
    return fail(Ec::malformed, "its answer cannot be read: " + std::string(e.getDescription().cStr()));
  }
}

}  // namespace zenops

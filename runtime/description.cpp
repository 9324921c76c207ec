#include "runtime/description.hpp"

#include <map>

#include "runtime/wire/runtime.capnp.h"

namespace zenops {
namespace {

/// Schemas by their ids, each with what it is made of.
class Collection {
 public:
  void add(capnp::StructSchema schema) {
    if (!all_.emplace(schema.getProto().getId(), schema).second) return;
    for (const auto field : schema.getFields()) add(field.getType());
  }
  const std::map<uint64_t, capnp::Schema>& all() const { return all_; }

 private:
  void add(capnp::Type type) {
    if (type.isStruct()) add(type.asStruct());
    if (type.isEnum()) all_.emplace(type.asEnum().getProto().getId(), type.asEnum());
    if (type.isList()) add(type.asList().getElementType());
  }
  std::map<uint64_t, capnp::Schema> all_;
};

}  // namespace

std::string senders_in_words(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names)
    out += (out.empty() ? "" : ", ") + (name.empty() ? "the operator" : name == "*" ? "anybody" : name.ends_with('/') ? name + "*" : name);
  return out.empty() ? "nobody" : out;
}

Envelope describe(const Address& who, const std::string& state, const Behavior& behavior, uint64_t handled,
                  bool frozen) {
  const auto understood = behavior.understood();
  Collection schemas;
  for (const auto& one : understood) {
    schemas.add(one.message);
    if (one.answer) schemas.add(*one.answer);
  }
  return Envelope::of<wire::Description>([&](wire::Description::Builder out) {
    out.setName(who.name);
    out.setIncarnation(who.incarnation);
    out.setState(state);
    out.setHandled(handled);
    out.setFrozen(frozen);
    auto messages = out.initMessages(static_cast<uint32_t>(understood.size()));
    for (uint32_t k = 0; k < understood.size(); ++k) {
      messages[k].setId(understood[k].message.getProto().getId());
      if (understood[k].answer) messages[k].setAnswer(understood[k].answer->getProto().getId());
      const auto& names = understood[k].from.names;
      auto from = messages[k].initFrom(static_cast<uint32_t>(names.size()));
      for (uint32_t i = 0; i < names.size(); ++i) from.set(i, names[i]);
    }
    auto nodes = out.initSchemas(static_cast<uint32_t>(schemas.all().size()));
    uint32_t k = 0;
    for (const auto& [id, schema] : schemas.all()) nodes.setWithCaveats(k++, schema.getProto());
  });
}

}  // namespace zenops

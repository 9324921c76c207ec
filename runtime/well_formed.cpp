#include "runtime/well_formed.hpp"

#include <capnp/dynamic.h>
#include <kj/exception.h>

#include "runtime/message.hpp"

namespace zenops {
namespace {

// Reading is what finds mistakes: each of these throws kj::Exception when there is one.
void read(capnp::DynamicStruct::Reader message);

void read(capnp::DynamicList::Reader list) {
  switch (list.getSchema().whichElementType()) {
    case capnp::schema::Type::STRUCT:
      for (const auto element : list) read(element.as<capnp::DynamicStruct>());
      return;
    case capnp::schema::Type::LIST:
      for (const auto element : list) read(element.as<capnp::DynamicList>());
      return;
    case capnp::schema::Type::TEXT:
    case capnp::schema::Type::DATA:
      for (const auto element : list) static_cast<void>(element);
      return;
    default:
      return;
  }
}

void read(capnp::DynamicStruct::Reader message, capnp::StructSchema::Field field) {
  switch (field.getType().which()) {
    case capnp::schema::Type::STRUCT:
      return read(message.get(field).as<capnp::DynamicStruct>());
    case capnp::schema::Type::LIST:
      return read(message.get(field).as<capnp::DynamicList>());
    case capnp::schema::Type::TEXT:
    case capnp::schema::Type::DATA:
      static_cast<void>(message.get(field));
      return;
    default:
      return;
  }
}

void read(capnp::DynamicStruct::Reader message) {
  for (const auto field : message.getSchema().getNonUnionFields()) {
    const bool group = field.getProto().isGroup();
    if (group || message.has(field)) read(message, field);
  }
  KJ_IF_MAYBE (field, message.which()) {
    if (field->getProto().isGroup() || message.has(*field)) read(message, *field);
  }
}

}  // namespace

Expected<void> well_formed(const Envelope& envelope, capnp::StructSchema schema) {
  if (envelope.words.empty()) return fail(Ec::malformed, "there is no message");
  try {
    capnp::FlatArrayMessageReader reader(envelope.words.view(), reading_limits(envelope));
    const auto root = reader.getRoot<capnp::DynamicStruct>(schema);
    if (schema.getProto().getStruct().getPointerCount() > 0) read(root);  // numbers need no look: all bits are some
  } catch (const kj::Exception& e) {
    return fail(Ec::malformed, e.getDescription().cStr());
  }
  return {};
}

}  // namespace zenops

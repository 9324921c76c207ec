#include "runtime/text_form.hpp"

#include <capnp/dynamic.h>
#include <capnp/schema-loader.h>
#include <capnp/serialize-text.h>
#include <kj/exception.h>

#include <algorithm>
#include <cstdio>

#include "runtime/well_formed.hpp"
#include "runtime/wire/runtime.capnp.h"

namespace zenops {
namespace {

std::string name_of(capnp::Schema schema) { return schema.getShortDisplayName().cStr(); }

std::string type_in_words(capnp::Type type) {
  switch (type.which()) {
    case capnp::schema::Type::VOID:
      return "Void";
    case capnp::schema::Type::BOOL:
      return "Bool";
    case capnp::schema::Type::INT8:
      return "Int8";
    case capnp::schema::Type::INT16:
      return "Int16";
    case capnp::schema::Type::INT32:
      return "Int32";
    case capnp::schema::Type::INT64:
      return "Int64";
    case capnp::schema::Type::UINT8:
      return "UInt8";
    case capnp::schema::Type::UINT16:
      return "UInt16";
    case capnp::schema::Type::UINT32:
      return "UInt32";
    case capnp::schema::Type::UINT64:
      return "UInt64";
    case capnp::schema::Type::FLOAT32:
      return "Float32";
    case capnp::schema::Type::FLOAT64:
      return "Float64";
    case capnp::schema::Type::TEXT:
      return "Text";
    case capnp::schema::Type::DATA:
      return "Data";
    case capnp::schema::Type::LIST:
      return "List(" + type_in_words(type.asList().getElementType()) + ")";
    case capnp::schema::Type::ENUM:
      return name_of(type.asEnum());
    case capnp::schema::Type::STRUCT:
      return name_of(type.asStruct());
    default:
      return "AnyPointer";
  }
}

std::vector<std::string> fields_of(capnp::StructSchema schema) {
  std::vector<std::string> out;
  for (const auto field : schema.getFields())
    out.push_back(std::string(field.getProto().getName().cStr()) + " :" + type_in_words(field.getType()));
  return out;
}

/// ", at character 5, "by = x": …" of what Cap'n Proto says of a text, whose places are "first-last: ".
std::string where_and_what(const std::string& text, const std::string& said) {
  unsigned first = 0, last = 0;
  int length = 0;
  if (std::sscanf(said.c_str(), "%u-%u: %n", &first, &last, &length) != 2 || length == 0) {
    const size_t condition = said.starts_with("expected ") ? said.find("; ") : std::string::npos;  // in its own code
    return ": " + (condition == std::string::npos ? said : said.substr(condition + 2));
  }
  first = std::min<unsigned>(first, static_cast<unsigned>(text.size()));
  const std::string rest = text.substr(first, 20);
  const std::string at = ", at character " + std::to_string(first + 1) + (rest.empty() ? ", its end" : ", \"" + rest + "\"");
  return at + ": " + said.substr(static_cast<size_t>(length));
}

}  // namespace

class Schemas {
 public:
  capnp::SchemaLoader loader;
};

Expected<ActorDescription> description_of(const std::string& name, const Envelope& envelope) {
  if (envelope.type != capnp::typeId<wire::Description>()) return fail(Ec::unexpected, name + " answered with no description");
  if (auto fine = well_formed(envelope, capnp::Schema::from<wire::Description>()); !fine) return tl::unexpected(fine.error());
  try {
    // It was read whole within limits.
    const Msg<wire::Description> description(envelope, {.traversalLimitInWords = ~uint64_t{0}, .nestingLimit = 64});
    const auto schemas = std::make_shared<Schemas>();
    for (const auto node : description->getSchemas()) schemas->loader.load(node);
    ActorDescription out{.who = {name, description->getIncarnation()},
                         .state = description->getState(),
                         .frozen = description->getFrozen(),
                         .handled = description->getHandled(),
                         .messages = {},
                         .schemas = schemas};
    for (const auto one : description->getMessages()) {
      const capnp::StructSchema schema = schemas->loader.get(one.getId()).asStruct();
      MessageDescription& message = out.messages.emplace_back(
          MessageDescription{.id = one.getId(), .name = name_of(schema), .answer = {}, .from = {}, .fields = fields_of(schema)});
      if (one.getAnswer() != 0) message.answer = name_of(schemas->loader.get(one.getAnswer()).asStruct());
      for (const auto name : one.getFrom()) message.from.push_back(name);
    }
    return out;
  } catch (const kj::Exception& e) {
    return fail(Ec::malformed, name + "'s description cannot be read: " + e.getDescription().cStr());
  }
}

Expected<Envelope> message_of_text(const ActorDescription& to, const std::string& message, const std::string& text) {
  const auto found = std::ranges::find(to.messages, message, &MessageDescription::name);
  if (found == to.messages.end()) {
    std::string names;
    for (const auto& one : to.messages) names += (names.empty() ? "" : ", ") + one.name;
    return fail(Ec::unexpected, to_string(to.who) + " answers to no " + message + "; it answers to " + (names.empty() ? "nothing" : names));
  }
  const std::string whole = text.empty() ? "()" : text;
  try {
    const capnp::StructSchema schema = to.schemas->loader.get(found->id).asStruct();
    capnp::MallocMessageBuilder builder;
    capnp::TextCodec().decode(kj::StringPtr(whole.c_str(), whole.size()), builder.initRoot<capnp::DynamicStruct>(schema));
    Envelope out;
    out.type = found->id;
    out.words = Envelope::flat(builder);
    return out;
  } catch (const kj::Exception& e) {
    return fail(Ec::malformed, message + where_and_what(whole, e.getDescription().cStr()));
  }
}

std::string text_of_message(const ActorDescription& from, const Envelope& message) {
  std::string rows;
  for (const Row& row : message.rows) rows += (rows.empty() ? "" : ", ") + std::to_string(row.size());
  if (!rows.empty()) rows = " with rows of " + rows + " numbers";
  const auto known = from.schemas->loader.tryGet(message.type);
  const capnp::Schema* schema = nullptr;
  KJ_IF_MAYBE (one, known) schema = one;
  if (!schema) {
    char id[32];
    std::snprintf(id, sizeof id, "@0x%016llx", static_cast<unsigned long long>(message.type));
    return "a message of the schema " + std::string(id) + ", of which nobody has told, of " + std::to_string(message.words.size()) +
           " words" + rows;
  }
  const std::string name = name_of(*schema);
  if (auto fine = well_formed(message, schema->asStruct()); !fine)
    return "a message that says it is of " + name + " and cannot be read: " + fine.error().what;
  try {
    capnp::FlatArrayMessageReader reader(message.words.view(), {.traversalLimitInWords = ~uint64_t{0}, .nestingLimit = 64});
    return name + " " + capnp::TextCodec().encode(reader.getRoot<capnp::DynamicStruct>(schema->asStruct())).cStr() + rows;
  } catch (const kj::Exception& e) {
    return "a message that says it is of " + name + " and cannot be read: " + e.getDescription().cStr();
  }
}

}  // namespace zenops

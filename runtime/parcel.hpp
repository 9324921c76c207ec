#pragma once
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/type_id.hpp>
#include <functional>

#include "runtime/behavior.hpp"
#include "runtime/inspect.hpp"
#include "runtime/shared_memory.hpp"

namespace zenops {

/// A row that stays where it is, for the other process to read there.
struct Shown {
  uint64_t transfer = 0;  // its number, by which the reader gives it back
  RowHandle handle{};
};

/// An envelope on its way to another process.
struct Parcel {
  uint64_t process = 0;  // where it comes from
  Address from;          // an empty name: that process itself, or whoever operates it
  std::string to;        // an empty name: this process itself, or whoever operates it
  Envelope envelope;
  std::map<uint32_t, Shown> shown = {};  // by their place among the envelope's rows; the others travel with it
  std::vector<uint64_t> released = {};   // numbers of transfers of the receiver's that the sender needs no more
  uint64_t news = 0;                     // the newest that its sender's process had been told of the cluster

  static constexpr uint64_t most_released = 256;
};

/// An actor to itself, and nowhere else: what it is to run.
struct Work {
  std::function<void()> run;
};

/// The same, of what it has asked.
struct Heard {
  std::function<void(Expected<Envelope>)> then;
  Expected<Envelope> answer;
};

template <class Inspector>
bool inspect(Inspector& f, Shown& x) {
  int32_t fd = x.handle.fd;
  if (!f.value(x.transfer) || !f.value(x.handle.pid) || !f.value(fd) || !f.value(x.handle.inode) ||
      !f.value(x.handle.offset) || !f.value(x.handle.size))
    return false;
  x.handle.fd = fd;
  return true;
}

template <class Inspector>
bool inspect(Inspector& f, Parcel& x) {
  if (!f.value(x.process) || !f.value(x.from.name) || !f.value(x.from.incarnation) || !f.value(x.to) ||
      !f.value(x.news))
    return false;
  uint64_t released = x.released.size();
  if (!f.value(released)) return false;
  if constexpr (Inspector::is_loading) {
    if (released > Parcel::most_released || !has_left(f, released * sizeof(uint64_t))) return refuse(f);
    x.released.resize(released);
  }
  if (released && !inspect_raw(f, x.released.data(), released * sizeof(uint64_t))) return false;
  return inspect_envelope(f, x.envelope, [&](size_t k) {
    bool is_shown = x.shown.contains(static_cast<uint32_t>(k));
    if (!f.value(is_shown)) return false;
    return is_shown ? inspect(f, x.shown[static_cast<uint32_t>(k)]) : inspect_row(f, x.envelope.rows[k]);
  });
}

}  // namespace zenops

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(zenops::Work)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(zenops::Heard)

CAF_BEGIN_TYPE_ID_BLOCK(zenops, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(zenops, (zenops::Envelope))
CAF_ADD_TYPE_ID(zenops, (zenops::Parcel))
CAF_ADD_TYPE_ID(zenops, (zenops::Work))
CAF_ADD_TYPE_ID(zenops, (zenops::Heard))
CAF_END_TYPE_ID_BLOCK(zenops)

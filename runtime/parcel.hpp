#pragma once
#include <caf/type_id.hpp>

#include "runtime/behavior.hpp"
#include "runtime/envelope.hpp"
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
  uint64_t news = 0;  // the newest that its sender's process had been told of the cluster
};

template <class Inspector>
bool inspect(Inspector& f, Shown& x) {
  int32_t fd = x.handle.fd;
  if (!f.value(x.transfer) || !f.value(x.handle.pid) || !f.value(fd) || !f.value(x.handle.inode) || !f.value(x.handle.offset) ||
      !f.value(x.handle.size))
    return false;
  x.handle.fd = fd;
  return true;
}

template <class Inspector>
bool inspect(Inspector& f, Parcel& x) {
  if (!f.value(x.process) || !f.value(x.from.name) || !f.value(x.from.incarnation) || !f.value(x.to) || !f.value(x.news)) return false;
  return inspect_envelope(f, x.envelope, [&](size_t k) {
    bool is_shown = x.shown.contains(static_cast<uint32_t>(k));
    if (!f.value(is_shown)) return false;
    return is_shown ? inspect(f, x.shown[static_cast<uint32_t>(k)]) : inspect_row(f, x.envelope.rows[k]);
  });
}

}  // namespace zenops

CAF_BEGIN_TYPE_ID_BLOCK(zenops, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(zenops, (zenops::Envelope))
CAF_ADD_TYPE_ID(zenops, (zenops::Parcel))
CAF_END_TYPE_ID_BLOCK(zenops)

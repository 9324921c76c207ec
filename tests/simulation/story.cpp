#include "tests/simulation/story.hpp"

#include "actors/wire/async.capnp.h"
#include "actors/wire/survival.capnp.h"
#include "actors/wire/training.capnp.h"
#include "runtime/message.hpp"
#include "runtime/wire/cluster.capnp.h"
#include "runtime/wire/runtime.capnp.h"

namespace zenops::simulation {
namespace {

size_t remembered() {
  static const char* text = std::getenv("ZENOPS_EVENTS");
  return text ? std::stoul(text) : 30;
}

template <class Root>
std::string told(const char* name, const Envelope& envelope) {
  std::string text = kj::str(*Msg<Root>(envelope)).cStr();
  if (text.size() > 600) text = text.substr(0, 600) + "…";
  return name + (" " + text);
}

std::string told(const Envelope& e) {
#define ZENOPS_TOLD(Root) \
  if (e.type == capnp::typeId<wire::Root>()) return told<wire::Root>(#Root, e);
  ZENOPS_TOLD(Open)
  ZENOPS_TOLD(Pull)
  ZENOPS_TOLD(Parameters) ZENOPS_TOLD(Push) ZENOPS_TOLD(Skip) ZENOPS_TOLD(Refused) ZENOPS_TOLD(Worked)
      ZENOPS_TOLD(Measured) ZENOPS_TOLD(Plan) ZENOPS_TOLD(Apply) ZENOPS_TOLD(Committed) ZENOPS_TOLD(Evaluate)
          ZENOPS_TOLD(Held) ZENOPS_TOLD(Evaluated) ZENOPS_TOLD(Save) ZENOPS_TOLD(Saved) ZENOPS_TOLD(Restore)
              ZENOPS_TOLD(Restored) ZENOPS_TOLD(Recall) ZENOPS_TOLD(Recalled) ZENOPS_TOLD(Down) ZENOPS_TOLD(Up)
                  ZENOPS_TOLD(Beat) ZENOPS_TOLD(Fenced) ZENOPS_TOLD(Start) ZENOPS_TOLD(Done) ZENOPS_TOLD(Failed)
#undef ZENOPS_TOLD
                      return "a message";
}

}  // namespace

void Story::log(std::string line) { add({timeline_.now(), "", {}, {}, {}, std::move(line)}); }

void Story::remember(const char* what, const Address& from, const std::string& to, const Envelope& envelope) {
  add({timeline_.now(), what, from, to, envelope, {}});
}

void Story::add(Happening happening) {
  happened_.push_back(std::move(happening));
  if (happened_.size() > remembered()) happened_.pop_front();
}

void Story::violate(const std::string& what) {
  if (violation_.empty()) violation_ = what;
}

std::string Story::text() const {
  std::string out;
  for (const Happening& h : happened_) {
    char time[32];
    std::snprintf(time, sizeof time, "%11.6f s  ", std::chrono::duration<double>(h.when.time_since_epoch()).count());
    out += time;
    if (!h.text.empty())
      out += h.text;
    else
      out += std::string(h.what) + " " + (h.from.name.empty() ? "the operator" : to_string(h.from)) + " → " + h.to +
             ": " + told(h.envelope);
    out += '\n';
  }
  return out;
}

}  // namespace zenops::simulation

#include "runtime/process_agent.hpp"

#include "runtime/wire/cluster_words.hpp"

namespace zenops {

std::string agent_name(uint64_t process) {
  char text[32];
  std::snprintf(text, sizeof text, "process/%016llx", static_cast<unsigned long long>(process));
  return text;
}

namespace {

Envelope fall(const Address& who, const std::string& why, bool normally) {
  return Envelope::of<wire::Fell>([&](wire::Fell::Builder out) {
    out.setName(who.name);
    out.setIncarnation(who.incarnation);
    out.setCause(why);
    out.setNormally(normally);
  });
}

}  // namespace

ProcessAgent::ProcessAgent(Context& context, Options options, System& system, Troupe troupe)
    : Actor(context),
      options_(std::move(options)),
      system_(system),
      troupe_(std::move(troupe)),
      heard_(context.clock().now()) {
  beat();
}

Behavior ProcessAgent::handlers() {
  return Behavior{}
      .on<wire::StartActor>(From{"head"}, [this](const Msg<wire::StartActor>& m) { start(m); })
      .on<wire::StopActor>(From{"head"}, [this](const Msg<wire::StopActor>& m) { stop({m->getName(), m->getIncarnation()}, m->getCause()); })
      .on<wire::News>(From{"head"}, [this](const Msg<wire::News>& m) { learn(m); })
      .on<wire::Beat>(From{"head"}, [this](const Msg<wire::Beat>&) { heard_ = context().clock().now(); })
      .on<wire::Line>(From{"head"}, [this](const Msg<wire::Line>& m) { context().log(m->getText().cStr()); })
      .on<wire::Cuts>(From{"head"},
                      [this](const Msg<wire::Cuts>& m) {
                        std::vector<Cut> cuts;
                        for (const auto cut : m->getCuts()) cuts.push_back(read(cut));
                        system_.cut(std::move(cuts));
                        context().reply(Envelope::of<wire::Done>());
                      })
      .on<wire::Quit>(From{"head"}, [this](const Msg<wire::Quit>&) { options_.quit(cluster_ended); })
      .on<wire::Fenced>(the_operator,
                        [this](const Msg<wire::Fenced>& m) {
                          fenced({m->getName(), m->getIncarnation()});
                        })
      // What happens to our actors, told by the threads on which it happens.
      .on<wire::Began>(the_operator, [this](const Msg<wire::Began>& m) { context().tell("head", m.envelope()); })
      .on<wire::Fell>(the_operator, [this](const Msg<wire::Fell>& m) { context().tell("head", m.envelope()); });
}

void ProcessAgent::beat() {
  context().tell("head", Envelope::of<wire::Beat>());
  if (const Clock::Time now = context().clock().now(); now - heard_ > options_.silence) {
    heard_ = now;
    options_.silent();
  }
  context().after(options_.beat, [this] { beat(); });
}

void ProcessAgent::start(const Msg<wire::StartActor>& start) {
  const Address who{start->getName(), start->getIncarnation()};
  if (system_.incarnation(who.name) == who.incarnation) return;  // the head did not know whether it had told us
  const std::string arguments = text_of(start->getArguments());
  system_.keep(who.name, start->hasKept() ? std::optional(read(start->getKept(), start.rows())) : std::nullopt);
  const std::string me = context().self().name;
  system_.begin(
      who,
      [troupe = troupe_, arguments, who, me, &system = system_](Context& its) {
        auto actor = troupe(its, who.name, arguments);
        system.tell(me, Envelope::of<wire::Began>([&](wire::Began::Builder out) {
                      out.setName(who.name);
                      out.setIncarnation(who.incarnation);
                    }));
        return actor;
      },
      [me, &system = system_](const Address& which, Cause cause, const std::string& why) {
        system.tell(me, fall(which, why, cause == Cause::ended));
      });
}

void ProcessAgent::stop(const Address& who, const std::string& why) {
  system_.end(who);
  context().tell("head", fall(who, why, false));
}

void ProcessAgent::learn(const Msg<wire::News>& news) {
  if (options_.beside_the_head) return;
  system_.hears(news->getNumber());
  for (const auto peer : news->getPeers()) system_.introduce(read(peer));
  for (const auto life : news->getLives()) system_.learn(read(life));
  for (const auto name : news->getErased()) system_.erase(name);
  for (const uint64_t process : news->getGone()) system_.forget(process);
  system_.reached(news->getNumber());
}

void ProcessAgent::fenced(const Address& who) {
  const std::string cause = "it is over for everybody else";
  if (who == context().self()) return options_.quit(to_string(who) + ": " + cause);
  if (system_.incarnation(who.name) != who.incarnation) return;
  // Its process need not be: the head may have told others of its end before us.
  stop(who, cause);
}

}  // namespace zenops

#include "runtime/local_head.hpp"

#include <unistd.h>

#include "runtime/answers.hpp"
#include "runtime/system.hpp"
#include "runtime/this_machine.hpp"
#include "runtime/wire/cluster_words.hpp"

namespace zenops {

LocalHead::LocalHead(Context& context, System& system, std::string job)
    : Actor(context), system_(system), job_(std::move(job)) {}

Behavior LocalHead::handlers() {
  return Behavior{}
      .answer_later<wire::Inquire, wire::Report>(the_operator, [this](const Msg<wire::Inquire>&) { context().reply(report()); })
      .answer_later<wire::KillActor, wire::Done>(the_operator,
                           [this](const Msg<wire::KillActor>& m) {
                             const std::string name = m->getName();
                             if (!of_the_runtime(name) && system_.fall(name, m->getCause()))
                               return context().reply(Envelope::of<wire::Done>());
                             context().reply(failure({Ec::unreachable, "nobody lives who is called " + name}));
                           })
      .answer_later<wire::Sever, wire::Done>(the_operator,
                       [this](const Msg<wire::Sever>& m) {
                         cuts_.push_back(read(*m));
                         system_.cut(cuts_);
                         context().reply(Envelope::of<wire::Done>());
                       })
      .answer_later<wire::Heal, wire::Done>(the_operator, [this](const Msg<wire::Heal>&) {
        cuts_.clear();
        system_.cut({});
        context().reply(Envelope::of<wire::Done>());
      });
}

Envelope LocalHead::report() {
  std::vector<System::Status> actors = system_.spawned();
  std::erase_if(actors, [](const System::Status& one) { return of_the_runtime(one.who.name); });
  if (!here_) here_ = this_machine();  // the driver is asked once
  const NodeSpec& here = *here_;
  return Envelope::of<wire::Report>([&](wire::Report::Builder out) {
    auto node = out.initNodes(1)[0];
    write(here, node.initOffers());
    node.setPid(static_cast<uint32_t>(getpid()));
    node.setAddress("this process");
    auto some = out.initActors(static_cast<uint32_t>(actors.size()));
    for (uint32_t k = 0; k < actors.size(); ++k) {
      const System::Status& one = actors[k];
      some[k].setName(one.who.name);
      some[k].setIncarnation(one.who.incarnation);
      some[k].setState(one.lives ? "up" : one.over ? "given up" : "pausing");
      some[k].setNode(here.name);
      some[k].setPid(static_cast<uint32_t>(getpid()));
      some[k].setJob(job_);
      some[k].setFalls(one.falls);
      some[k].setCause(one.cause);
      some[k].setEnded(milliseconds_since_1970(one.ended));
    }
  });
}

}  // namespace zenops

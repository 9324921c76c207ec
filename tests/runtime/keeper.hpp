#pragma once
#include "tests/runtime/counter.hpp"

namespace zenops {

/// Adds up what it is told, and begins where the life before it ended; answers what it is told with the sum, once that
/// is kept. Without one before it, it begins with what it was made of.
class Keeper : public Actor {
 public:
  Keeper(Context& context, const Envelope& arguments) : Actor(context) {
    if (const auto kept = context.kept()) {
      sum_ = Msg<wire::Sum>(*kept)->getValue();
      rows_ = static_cast<int64_t>(kept->rows.size());
    } else if (!arguments.words.empty()) {
      sum_ = Msg<wire::Add>(arguments)->getDelta();
    }
  }
  Behavior handlers() override {
    return Behavior{}
        .on<wire::Add>(anybody,
                       [this](const Msg<wire::Add>& m) {
                         sum_ += m->getDelta();
                         Envelope state = now();
                         state.rows.assign(m.rows().begin(), m.rows().end());
                         context().keep(std::move(state),
                                        [this, reply = context().replier()](const Expected<void>& done) {
                                          reply(done ? now() : Envelope::of<wire::Fall>([&](wire::Fall::Builder out) {
                                            out.setCause(done.error().what);
                                          }));
                                        });
                       })
        .on<wire::Ask>(anybody, [this](const Msg<wire::Ask>&) { context().reply(now()); })
        .on<wire::Fall>(anybody, [](const Msg<wire::Fall>& m) { throw std::runtime_error(m->getCause().cStr()); });
  }

 private:
  /// With how many rows it was kept with.
  Envelope now() const {
    return Envelope::of<wire::Sum>([this](wire::Sum::Builder out) {
      out.setValue(sum_);
      out.setPid(static_cast<uint32_t>(getpid()));
      out.setRowSum(static_cast<float>(rows_));
    });
  }
  int64_t sum_ = 0, rows_ = 0;
};

}  // namespace zenops

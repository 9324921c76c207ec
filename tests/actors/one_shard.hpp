#pragma once
#include <functional>

#include "actors/holder.hpp"
#include "actors/wire/compose.hpp"
#include "tests/actors/puppets.hpp"

namespace zenops {

/// The one shard, of that class, of a model of 8 numbers; its rows come within `deadline`.
template <class Tested>
class OneShardTest : public PuppetsTest {
 protected:
  explicit OneShardTest(Clock::Duration deadline, Send send = Send::delta, ServerOptions server = {},
                        std::function<void(Holder::Options&)> change = {}) {
    spawn({"scheduler", "validator/0", "worker/0", "worker/1"});
    system_.spawn(
        "shard/0",
        [this, deadline, send, server, change = std::move(change)](Context& c) {
          Row zeros = rows_->make(8);
          std::ranges::fill(zeros.mutable_view(), 0.0f);
          Holder::Options options{0, 1, 1, {.norms = true}, deadline};
          options.send = send;
          options.server = server;
          if (change) change(options);
          return std::make_unique<Tested>(c, options, layout_, rows_, zeros);
        },
        RestartSpec::never());
  }
  void push(const std::string& worker, uint32_t number, float value) {
    Row row = rows_->make(8);
    std::ranges::fill(row.mutable_view(), value);
    say(worker, push_to(layout_.shard(0, 1), number, layout_, row, {true, true}));
  }

  const Layout layout_{{{"a", {5}}, {"b", {3}}}};
  std::shared_ptr<Rows> rows_ = std::make_shared<Rows>();
};

}  // namespace zenops

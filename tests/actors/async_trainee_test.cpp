#include "actors/async_trainee.hpp"

#include <gmock/gmock.h>

#include <condition_variable>

#include "runtime/system.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;

/// What the trainee below did, as the test sees it.
struct Diary {
  std::mutex mutex;
  std::condition_variable written;
  std::vector<uint32_t> begun;
  void write(uint32_t number) {
    std::lock_guard lock(mutex);
    begun.push_back(number);
    written.notify_all();
  }
  std::vector<uint32_t> wait_for(size_t count) {
    std::unique_lock lock(mutex);
    written.wait_for(lock, std::chrono::seconds(60), [&] { return begun.size() >= count; });
    return begun;
  }
};

/// Trains until the operator says that it has ended.
class Slow final : public AsyncTrainee {
 public:
  Slow(Context& context, Diary& diary) : AsyncTrainee(context, Layout({{"a", {4}}}), 1), diary_(diary) {}
  Behavior handlers() override {
    return Behavior{}
        .on<wire::Task>(the_operator, [this](const Msg<wire::Task>& m) { task(m); })
        .on<wire::Parameters>(the_operator, [this](const Msg<wire::Parameters>& m) { parameters(m); })
        .on<wire::Stop>(the_operator, [this](const Msg<wire::Stop>&) { rested(current_, 0, 0); });
  }

 private:
  void train(Assignment task, std::vector<Row>) override {
    current_ = task.number;
    diary_.write(task.number);
  }
  Diary& diary_;
  uint32_t current_ = 0;
};

class AsyncTraineeTest : public testing::Test {
 protected:
  AsyncTraineeTest() {
    system_.spawn("worker/0", [this](Context& c) { return std::make_unique<Slow>(c, diary_); }, RestartSpec::never());
  }
  void give(uint32_t number, bool fresh) {
    system_.tell("worker/0", Envelope::of<wire::Task>([&](wire::Task::Builder out) {
                   out.setNumber(number);
                   out.setFresh(fresh);
                 }));
  }
  void serve(uint32_t number) {
    system_.tell("worker/0", Envelope::of<wire::Parameters>(
                                 [&](wire::Parameters::Builder out) {
                                   out.setVersion(number);
                                   out.initTensor().initShape(1).set(0, 4);
                                 },
                                 {Row(std::shared_ptr<float[]>(new float[4]()), 0, 4)}));
  }
  void end() { system_.tell("worker/0", Envelope::of<wire::Stop>()); }

  Diary diary_;
  SystemClock clock_;
  Pool pool_{1};
  System system_{{}, clock_, pool_};
};

TEST_F(AsyncTraineeTest, TheTaskOrItsParametersMayBeFirst) {
  give(1, true);
  serve(1);
  EXPECT_THAT(diary_.wait_for(1), ElementsAre(1));
  end();
  serve(2);
  give(2, true);
  EXPECT_THAT(diary_.wait_for(2), ElementsAre(1, 2));
}

TEST_F(AsyncTraineeTest, ATaskThatComesWhileTrainingWaitsForItsEndAndOnlyTheNewestWaits) {
  give(1, false);
  diary_.wait_for(1);
  give(2, false);
  give(3, true);
  serve(3);
  serve(2);
  end();
  EXPECT_THAT(diary_.wait_for(2), ElementsAre(1, 3));
  end();
  give(4, false);
  EXPECT_THAT(diary_.wait_for(3), ElementsAre(1, 3, 4));
}

TEST_F(AsyncTraineeTest, ParametersOfAnOlderTaskBeginNothing) {
  give(2, true);
  serve(1);
  serve(2);
  EXPECT_THAT(diary_.wait_for(1), ElementsAre(2));
}

}  // namespace
}  // namespace zenops

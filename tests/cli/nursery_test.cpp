#include "runtime/nursery.hpp"

#include <gmock/gmock.h>

#include <future>

#include "runtime/program.hpp"

namespace zenops {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(NurseryCommand, NamesTheTypesOfAnotherProgramThatItHasNot) {
  class Nobody : public Actor {
   public:
    using Actor::Actor;
    Behavior handlers() override { return {}; }
  };
  Program program("orchestra");
  program.add<Nobody>("Cello").add<Nobody>("Viola");
  std::promise<std::string> why;
  Nursery nursery({"zenops-cli", "nursery"}, job_of_types(program.name(), program.types()),
                  {.failed = [&](const std::string& sentence) { why.set_value(sentence); }}, ZENOPS_CLI);
  EXPECT_THAT(why.get_future().get(),
              AllOf(HasSubstr("zenops-cli ("), HasSubstr("not Cello, Viola of the program orchestra")));
}

}  // namespace
}  // namespace zenops

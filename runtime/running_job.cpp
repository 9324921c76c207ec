#include "runtime/running_job.hpp"

#include "runtime/wire/cluster_words.hpp"

namespace zenops {
namespace {

constexpr auto head_within = std::chrono::seconds(10);

}  // namespace

RunningJob::RunningJob(System& system, const std::string& name, const std::string& bytes, const std::string& version)
    : system_(system) {
  const auto opened = system
                          .ask("head", Envelope::of<wire::OpenJob>([&](wire::OpenJob::Builder out) {
                                 out.setName(name);
                                 out.setBytes(bytes_of(bytes));
                                 out.setVersion(version);
                               }),
                               head_within)
                          .get();
  if (!opened) throw UserError(UserError::run_failed, opened.error().what);
  id_ = Msg<wire::JobOpened>(*opened)->getJob();
}

RunningJob::~RunningJob() {
  if (forgotten_) return;
  static_cast<void>(
      system_.ask("head", Envelope::of<wire::CloseJob>([this](wire::CloseJob::Builder out) { out.setJob(id_); }), head_within)
          .get());
}

}  // namespace zenops

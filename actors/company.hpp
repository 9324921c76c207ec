#pragma once
#include <functional>
#include <memory>
#include <string>

#include "actors/cast.hpp"
#include "actors/process_plan.hpp"
#include "runtime/system.hpp"

namespace zenops {

/// The actors of a run while it runs, wherever they live: all in this process, or those of the cast in processes of their own.
class Company {
 public:
  /// Whom the run cannot do without, and those that only this process can make.
  struct Own {
    std::string name;
    System::Factory make;
    RestartSpec restarts;
  };
  struct Listeners {
    std::function<void(const std::string&)> log;
    /// Somebody fell and will not be restarted, or (an empty name) the company as a whole has come to its end.
    std::function<void(const std::string& name, const std::string& cause)> given_up;
  };
  virtual ~Company() = default;
  /// As the operator.
  virtual void tell(const std::string& name, Envelope envelope) = 0;
  /// The operator, for whoever asks as well; of no use when the company has gone.
  virtual std::shared_ptr<Speaker> outside() = 0;
};

/// Brings everybody up in this process: the cast first, then our own in their order.
std::unique_ptr<Company> company_in_one_process(std::shared_ptr<const Cast> cast, std::vector<Company::Own> own,
                                                Company::Listeners listeners, Clock& clock, Pool& pool);

/// Throws UserError with the reason why that could not be done now: nobody at the address, another build there, no room, names that
/// are taken.
void try_processes(const Cast& cast, const ProcessPlan& plan, Clock& clock, Pool& pool);

/// Brings the cast up in processes, ours in this one. Throws UserError when that cannot be done; then nothing is left behind.
std::unique_ptr<Company> company_in_processes(std::shared_ptr<const Cast> cast, std::vector<Company::Own> own, const ProcessPlan& plan,
                                              Company::Listeners listeners, Clock& clock, Pool& pool);

}  // namespace zenops

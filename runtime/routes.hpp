#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/behavior.hpp"

namespace zenops {

/// One life of an actor, as the head tells of it.
struct Life {
  Address who;  // whose
  uint64_t process = 0;  // where it lives
  bool alive = true;  // it has begun, and not ended
  std::string cause = {};   // of its end
  bool restarts = false;    // another life follows
  bool operator==(const Life&) const = default;  // all of it the same

  static Life begun(Address who, uint64_t process);  // news of its beginning
  static Life ended(Address who, uint64_t process, std::string cause, bool restarts);  // news of its end
};

/// The cause of the ends that are no falls.
inline constexpr const char* job_ended = "its job has ended";

/// Who lives where in the cluster, as far as this process has been told. Thread-safe.
class Routes {
 public:
  /// Whether it changes anything: news of a life older than the one known does not, nor does its birth after its end.
  bool learn(const Life& life);
  /// Somebody has spoken from there: that is where it is answered, even if the news of its birth is still on its way.
  void hint(const Address& who, uint64_t process);
  /// As if nobody had ever been called so.
  void erase(const std::string& name);
  /// Nothing when nobody of that name lives, as far as is known.
  std::optional<Life> find(const std::string& name) const;
  /// The newest life of that name, over or not.
  std::optional<Life> last(const std::string& name) const;
  /// Whether that life is known to be over. One that has not been heard of yet is not.
  bool over(const Address& address) const;
  bool alive(const Address& address) const;  // whether that life is known to have begun, and not to be over
  std::vector<Life> everybody() const;  // the newest life of each name

 private:
  mutable std::mutex mutex_;
  struct Known {
    Life life;
    bool told;  // not only hinted at
  };
  std::map<std::string, Known> lives_;  // the newest of each name
};

}  // namespace zenops

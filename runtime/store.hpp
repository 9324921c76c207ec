#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace zenops {

/// What the head of a cluster must still know after it fell: a database in one file. Writes are queued, and done in
/// transactions on a thread of the store's own. Thread-safe.
class Store {
 public:
  struct Name {
    std::string name, spec;  // the spec is bytes
    uint32_t incarnation = 0;
    std::string place, state;
    bool operator==(const Name&) const = default;
  };
  struct Node {
    std::string name, spec, state;
    bool operator==(const Node&) const = default;
  };
  struct Contents {
    std::vector<Name> names;  // these and the nodes in the names' order
    std::vector<Node> nodes;
    std::map<std::string, std::string> facts;
  };
  /// Makes the file where there is none; beside it lie its log and a lock. Throws UserError (cannot_write) when that
  /// cannot be done, the file is damaged or no store's, or another store has it: then the sentence says in which
  /// process. `on_error` is called at most once, on the store's thread, when something could not be written, and must
  /// not call the store; what could not be written is kept, and tried again each second.
  explicit Store(
      const std::filesystem::path& path, std::function<void(const std::string&)> on_error = [](auto&) {});
  /// Writes what is queued.
  ~Store();
  Store(const Store&) = delete;

  /// All that was put before; what could not be written is not in it. Throws UserError (cannot_write).
  Contents load();
  /// In place of what has the name, unless that has a higher incarnation.
  void put_name(Name name);
  void erase_name(std::string name);
  void put_node(Node node);
  void erase_node(std::string name);
  void put_fact(std::string key, std::string value);
  /// Waits until what was put before would outlast this process (of a power cut the file is consistent, but may lack
  /// the last moments). False when it could not be written.
  bool flush();

 private:
  class Writer;
  std::unique_ptr<Writer> writer_;
};

}  // namespace zenops

#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "runtime/actor.hpp"
#include "runtime/cluster.hpp"

namespace zenops {

struct Means;

/// A program with actors of its own: their types by name, and what it does with them. Its binary is also what starts them in
/// other processes, here and on other machines: nothing is searched for and nothing is loaded.
///
///   PROGRAM [--processes | --address HOST:PORT] [WORDS]   its main part
///   PROGRAM up [--port PORT]                              a cluster: its head, and a node on this machine
///   PROGRAM join HOST:PORT                                a node of a running cluster
///
/// `up` and `join` take --name NAME and --cores N of the node, --bind ADDRESS and --test-insecure-bind, `up` also --state FOLDER;
/// the main part takes --bind too. All other words are the program's own.
class Program {
 public:
  /// Makes one life of an actor. What it throws is why that life has ended.
  using Factory = std::function<std::unique_ptr<Actor>(Context&, const Envelope& arguments)>;
  /// What the processes of a job run, made of the job once; it gets what its nursery was told. See run_nursery().
  using Prepare = std::function<std::function<int(std::string birth)>(std::string job)>;

  /// Nodes take part in a cluster of the same name and version only.
  explicit Program(std::string name, std::string version = "0");

  /// Actors of that type are made with T(context), or with T(context, arguments) where it has such a constructor.
  template <class T>
  Program& add(std::string type) {
    return add(std::move(type), [](Context& context, [[maybe_unused]] const Envelope& arguments) -> std::unique_ptr<Actor> {
      if constexpr (std::is_constructible_v<T, Context&, const Envelope&>) {
        return std::make_unique<T>(context, arguments);
      } else {
        return std::make_unique<T>(context);
      }
    });
  }
  /// With a factory of its own.
  Program& add(std::string type, Factory factory);
  /// Jobs whose bytes begin with a line `kind` are prepared so.
  Program& add_job(std::string kind, Prepare prepare);

  /// What `main` of the program is, before it has any thread: does what the command line says and returns the exit code. A UserError
  /// is printed.
  int run(int argc, char** argv, const std::function<int(Cluster&)>& main) const;

  /// As it was given.
  const std::string& name() const { return name_; }
  /// With its name and the runtime's.
  std::string version() const;
  /// Of the types that it knows: "Counter, Worker".
  std::string types() const;
  /// Whether add() was called for that type.
  bool knows(const std::string& type) const { return factories_.contains(type); }
  /// The actor that these bytes describe. Throws std::runtime_error when it knows no such type; `node` is where it was looked for.
  std::unique_ptr<Actor> make(Context& context, std::string_view made, const std::string& node) const;

 private:
  std::function<int(std::string)> prepare(const std::string& job) const;
  int serve(std::vector<std::string> words) const;
  int run_main(const std::vector<std::string>& words, const std::function<int(Cluster&)>& main) const;
  const std::string name_, version_;
  std::map<std::string, Factory> factories_;
  std::map<std::string, Prepare> jobs_;
};

/// The job of actors of that program's types (an empty name: of any program's); and whose job some bytes are, in words, when they are
/// one.
std::string job_of_types(const std::string& program, const std::string& types);
std::optional<std::string> types_of_job(const std::string& job);

/// Where a process listens that is part of a cluster. Throws UserError for an address beyond loopback that `any` does not allow:
/// without certificates, whoever reaches the port may run anything here.
void check_bind(const std::string& address, bool any);

}  // namespace zenops

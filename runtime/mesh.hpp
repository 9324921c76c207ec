#pragma once
#include "runtime/gather.hpp"

namespace zenops {

/// The names of actors of one kind, in order: kind/first, kind/first+1, …; written "worker[0..14]", both ends included.
/// Costs the same however many there are.
class Names {
 public:
  /// "worker[0..14]"; "worker[3]" is one name. An error (malformed) says what is wrong.
  static Expected<Names> parse(std::string_view text);
  Names(std::string kind, uint32_t first, uint32_t count) : kind_(std::move(kind)), first_(first), count_(count) {}

  size_t size() const { return count_; }
  /// "worker/3" for k = 3 of worker[0..14]. Throws std::out_of_range.
  std::string operator[](size_t k) const;
  /// Those from the `from`-th on, `count` of them. Throws std::out_of_range.
  Names slice(size_t from, size_t count) const;
  bool operator==(const Names&) const = default;

 private:
  friend std::string to_string(const Names& names);
  std::string kind_;
  uint32_t first_, count_;
};
/// As parse() reads it; "worker[]" when there are none.
std::string to_string(const Names& names);

/// Actors of one kind, spoken to together. For actors, as Ref is; OutsideMesh is for everybody else.
class Mesh {
 public:
  Mesh(Context& me, Names names, Asking how = {})
      : Mesh(std::shared_ptr<Speaker>(std::shared_ptr<void>(), &me), std::move(names), how) {}
  Mesh(std::shared_ptr<Speaker> speaker, Names names, Asking how = {})
      : speaker_(std::move(speaker)), names_(std::move(names)), how_(how) {}

  const Names& names() const { return names_; }
  size_t size() const { return names_.size(); }
  /// Throws std::out_of_range.
  Ref operator[](size_t k) const { return {speaker_, names_[k], how_}; }
  std::vector<Ref> refs() const;
  /// Throws std::out_of_range.
  Mesh slice(size_t from, size_t count) const { return {speaker_, names_.slice(from, count), how_}; }

  /// Tells everybody. They share the one message and its rows; on the way to other processes of this host, rows in
  /// SharedMemory too.
  void tell(const Envelope& message) const;
  /// See first() and all() of gather.hpp: `then` takes a Gathered<Root>.
  template <class Root, class Then>
  void ask_first(size_t k, const Envelope& question, Then then) const {
    first<Root>(k, refs(), question, how_.within, std::move(then));
  }
  template <class Root, class Then>
  void ask_all(const Envelope& question, Then then) const {
    all<Root>(refs(), question, how_.within, std::move(then));
  }

 protected:
  std::shared_ptr<Speaker> speaker_;
  Names names_;
  Asking how_;
};

/// The same for the operator; see OutsideRef.
class OutsideMesh : public Mesh {
 public:
  OutsideMesh(System& system, Names names, Asking how = {}) : Mesh(system.outside(), std::move(names), how) {}
  explicit OutsideMesh(Mesh mesh) : Mesh(std::move(mesh)) {}
  OutsideRef operator[](size_t k) const { return OutsideRef(Mesh::operator[](k)); }
  OutsideMesh slice(size_t from, size_t count) const { return OutsideMesh(Mesh::slice(from, count)); }

  using Mesh::ask_all;
  using Mesh::ask_first;
  template <class Root>
  std::future<Gathered<Root>> ask_first(size_t k, const Envelope& question) const {
    return future_of<Gathered<Root>>([&](auto done) { this->template ask_first<Root>(k, question, std::move(done)); });
  }
  template <class Root>
  std::future<Gathered<Root>> ask_all(const Envelope& question) const {
    return future_of<Gathered<Root>>([&](auto done) { this->template ask_all<Root>(question, std::move(done)); });
  }
};

}  // namespace zenops

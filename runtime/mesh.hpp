#pragma once
#include "runtime/gather.hpp"

namespace zenops {

/// The names of actors of one kind, in order: kind/first, kind/first+1, …; written "worker[0..14]", both ends included.
/// Costs the same however many there are.
class Names {
 public:
  /// "worker[0..14]"; "worker[3]" is one name. An error (malformed) says what is wrong.
  static Expected<Names> parse(std::string_view text);
  /// `count` of them, from number `first` on.
  Names(std::string kind, uint32_t first, uint32_t count) : kind_(std::move(kind)), first_(first), count_(count) {}

  /// How many.
  size_t size() const { return count_; }
  /// "worker/3" for k = 3 of worker[0..14]. Throws std::out_of_range.
  std::string operator[](size_t k) const;
  /// Those from the `from`-th on, `count` of them. Throws std::out_of_range.
  Names slice(size_t from, size_t count) const;
  /// The same names in the same order.
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
  /// As that actor.
  Mesh(Context& me, Names names, Asking how = {})
      : Mesh(std::shared_ptr<Speaker>(std::shared_ptr<void>(), &me), std::move(names), how) {}
  /// As that speaker.
  Mesh(std::shared_ptr<Speaker> speaker, Names names, Asking how = {})
      : speaker_(std::move(speaker)), names_(std::move(names)), how_(how) {}

  /// Whose.
  const Names& names() const { return names_; }
  /// How many.
  size_t size() const { return names_.size(); }
  /// Throws std::out_of_range.
  Ref operator[](size_t k) const { return {speaker_, names_[k], how_}; }
  /// One to each, in their order.
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
  /// The answers of everybody; see all().
  template <class Root, class Then>
  void ask_all(const Envelope& question, Then then) const {
    all<Root>(refs(), question, how_.within, std::move(then));
  }

 protected:
  /// Who speaks.
  std::shared_ptr<Speaker> speaker_;
  /// To whom.
  Names names_;
  /// And how.
  Asking how_;
};

/// The same for the operator; see OutsideRef.
class OutsideMesh : public Mesh {
 public:
  /// As the operator of that system.
  OutsideMesh(System& system, Names names, Asking how = {});
  /// The same, from outside.
  explicit OutsideMesh(Mesh mesh) : Mesh(std::move(mesh)) {}
  /// The one of that place. Throws std::out_of_range.
  OutsideRef operator[](size_t k) const { return OutsideRef(Mesh::operator[](k)); }
  /// Those from that place on. Throws std::out_of_range.
  OutsideMesh slice(size_t from, size_t count) const { return OutsideMesh(Mesh::slice(from, count)); }

  using Mesh::ask_all;
  using Mesh::ask_first;
  /// Ready when that is decided.
  template <class Root>
  std::future<Gathered<Root>> ask_first(size_t k, const Envelope& question) const {
    return future_of<Gathered<Root>>([&](auto done) { this->template ask_first<Root>(k, question, std::move(done)); });
  }
  /// Ready when everybody has answered or failed.
  template <class Root>
  std::future<Gathered<Root>> ask_all(const Envelope& question) const {
    return future_of<Gathered<Root>>([&](auto done) { this->template ask_all<Root>(question, std::move(done)); });
  }
};

}  // namespace zenops

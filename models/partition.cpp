#include "models/partition.hpp"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <numeric>
#include <string>

#include "base/expected.hpp"
#include "base/philox.hpp"
#include "models/dirichlet.hpp"

namespace zenops {
namespace {

using Parts = std::vector<std::vector<uint32_t>>;

constexpr uint32_t draws = 20;

/// Where n things are cut into equal parts, the first ones longer: n + 1 places.
std::vector<size_t> equal_cut(size_t things, size_t parts) {
  std::vector<size_t> out{0};
  for (size_t k = 0; k < parts; ++k) out.push_back(out.back() + things / parts + (k < things % parts));
  return out;
}

void append(std::vector<uint32_t>& part, std::span<const uint32_t> indices, size_t from, size_t to) {
  const auto piece = indices.subspan(from, to - from);
  part.insert(part.end(), piece.begin(), piece.end());
}

size_t smallest(const Parts& parts) {
  return static_cast<size_t>(std::ranges::min_element(parts, {}, &std::vector<uint32_t>::size) - parts.begin());
}

/// Deals samples out to workers; `indices` are in the order in which they shall be taken.
class Dealer {
 public:
  Dealer(std::span<const uint32_t> indices, size_t workers, uint64_t seed)
      : indices_(indices), workers_(workers), seed_(seed) {}

  size_t samples() const { return indices_.size(); }
  /// Cut at these places.
  Parts by_places(const std::vector<size_t>& places) const {
    Parts out(workers_);
    for (size_t w = 0; w < workers_; ++w) append(out[w], indices_, places[w], places[w + 1]);
    return out;
  }
  Parts equally() const { return by_places(equal_cut(indices_.size(), workers_)); }
  Parts by_quantity(double alpha, uint32_t draw) const {
    return by_places(cut(shares(alpha, draw, 0), indices_.size()));
  }
  Parts by_dirichlet(const Samples& samples, double alpha, uint32_t draw) const {
    Parts out(workers_);
    for (const auto& [label, those] : by_label(samples)) {
      const auto places = cut(shares(alpha, draw, label), those.size());
      for (size_t w = 0; w < workers_; ++w) append(out[w], those, places[w], places[w + 1]);
    }
    return out;
  }
  /// The sizes are those of equal parts.
  Parts by_similarity(const Samples& samples, double gamma) const {
    const auto alike = static_cast<size_t>(gamma * static_cast<double>(indices_.size()));
    const auto all = equal_cut(indices_.size(), workers_), first = equal_cut(alike, workers_);
    std::vector<uint32_t> sorted;
    for (const auto& [label, those] : Dealer(indices_.subspan(alike), workers_, seed_).by_label(samples))
      append(sorted, those, 0, those.size());
    Parts out(workers_);
    for (size_t w = 0; w < workers_; ++w) {
      append(out[w], indices_, first[w], first[w + 1]);
      append(out[w], sorted, all[w] - first[w], all[w + 1] - first[w + 1]);
    }
    return out;
  }
  Parts by_whole_labels(const Samples& samples) const {
    const auto labels = by_label(samples);
    Parts out(workers_);
    for (size_t k = 0; k < labels.size(); ++k) {
      const auto& those = labels[k].second;
      const size_t first = k % workers_, sharing = k < workers_ ? (workers_ - 1 - k) / labels.size() + 1 : 1;
      const auto places = equal_cut(those.size(), sharing);
      for (size_t s = 0; s < sharing; ++s) append(out[first + s * labels.size()], those, places[s], places[s + 1]);
    }
    return out;
  }

 private:
  std::vector<double> shares(double alpha, uint32_t draw, uint32_t label) const {
    Stream stream({seed_, Role::data, draw + 1, Purpose::partition, label});
    return dirichlet(stream, alpha, workers_);
  }
  /// The labels that occur, ascending, and the samples that have them.
  std::vector<std::pair<uint32_t, std::vector<uint32_t>>> by_label(const Samples& samples) const {
    std::vector<std::pair<uint32_t, std::vector<uint32_t>>> out(samples.classes);
    for (const uint32_t i : indices_) out[samples.labels[i]].second.push_back(i);
    for (uint32_t label = 0; label < out.size(); ++label) out[label].first = label;
    std::erase_if(out, [](const auto& one) { return one.second.empty(); });
    return out;
  }

  std::span<const uint32_t> indices_;
  size_t workers_;
  uint64_t seed_;
};

[[noreturn]] void refuse(const std::string& sentence) { throw UserError(UserError::bad_config, sentence); }

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

/// Those who hold data, and those who do not.
struct Holders {
  Holders(uint32_t workers, std::span<const uint32_t> liars) : workers(workers), without(liars) {
    for (uint32_t w = 0; w < workers; ++w)
      if (!is_without(w)) honest.push_back(w);
  }
  bool is_without(uint32_t worker) const { return std::ranges::binary_search(without, worker); }
  /// By worker, whose part among the honest is its.
  std::vector<uint32_t> parts() const {
    std::vector<uint32_t> out;
    uint32_t own = 0, copies = 0;
    for (uint32_t w = 0; w < workers; ++w)
      out.push_back(is_without(w) ? copies++ % static_cast<uint32_t>(honest.size()) : own++);
    return out;
  }
  std::string in_words() const { return std::to_string(honest.size()) + (without.empty() ? "" : " honest") + " workers"; }

  uint32_t workers;
  std::span<const uint32_t> without;
  std::vector<uint32_t> honest;
};

std::string less_than(uint32_t batch) { return ", less than one batch of " + std::to_string(batch); }

/// How many samples the validators get; each worker could then have a batch.
size_t trusted_samples(const DataOptions& options, size_t count, const Holders& holders) {
  const size_t honest = holders.honest.size(), batch = options.batch, equal = count / (honest + 1);
  if (options.trusted == 0 && equal < batch)
    refuse("data: " + std::to_string(count) + " samples in " + std::to_string(honest + 1) + " parts (" + holders.in_words() +
           ", and the validators' one) are " + std::to_string(equal) + " each" + less_than(options.batch));
  if (honest == 0) return count;
  if (options.trusted == 0) return equal;
  const size_t trusted = options.trusted, each = trusted < count ? (count - trusted) / honest : 0;
  if (trusted < batch) refuse("data.trusted: found " + std::to_string(trusted) + less_than(options.batch));
  if (each < batch)
    refuse("data.trusted: found " + std::to_string(trusted) + ": of " + std::to_string(count) + " samples that leaves " +
           std::to_string(each) + " for each of " + holders.in_words() + less_than(options.batch));
  return trusted;
}

/// A part for each of the honest.
Parts dealt(const DataOptions& options, const Dealer& dealer, const Samples* samples, const Holders& holders) {
  const auto once = [&](uint32_t draw) {
    switch (options.partition) {
      case PartitionKind::dirichlet:
        return dealer.by_dirichlet(*samples, options.alpha, draw);
      case PartitionKind::gamma_similarity:
        return dealer.by_similarity(*samples, options.gamma);
      case PartitionKind::by_label:
        return dealer.by_whole_labels(*samples);
      case PartitionKind::quantity:
        return dealer.by_quantity(options.alpha, draw);
      default:
        return dealer.equally();
    }
  };
  const bool drawn = options.partition == PartitionKind::dirichlet || options.partition == PartitionKind::quantity;
  Parts parts;
  size_t least = 0;
  for (uint32_t draw = 0; draw < (drawn ? draws : 1); ++draw) {
    parts = once(draw);
    least = smallest(parts);
    if (parts[least].size() >= options.batch) return parts;
  }
  refuse("data.partition: with " + std::string(to_string(options.partition)) + (drawn ? ", alpha " + number(options.alpha) + "," : "") + " worker " +
         std::to_string(holders.honest[least]) + " would have " + std::to_string(parts[least].size()) + " samples" +
         less_than(options.batch) + " (" + std::to_string(dealer.samples()) + " samples for " + holders.in_words() +
         (drawn ? "; drawn " + std::to_string(draws) + " times" : "") + "); try " + (drawn ? "a larger alpha, " : "") +
         "fewer workers or a smaller batch");
}

}  // namespace

std::string_view to_string(PartitionKind kind) {
  switch (kind) {
    case PartitionKind::contiguous:
      return "contiguous";
    case PartitionKind::iid:
      return "iid";
    case PartitionKind::dirichlet:
      return "dirichlet";
    case PartitionKind::gamma_similarity:
      return "gamma_similarity";
    case PartitionKind::by_label:
      return "by_label";
    case PartitionKind::quantity:
      return "quantity";
  }
  return "?";
}

Partition::Partition(PartitionKind kind, size_t samples, uint32_t workers, uint32_t batch, uint64_t seed) {
  DataOptions options;
  options.partition = kind;
  options.batch = batch;
  make(options, nullptr, samples, workers, seed, {});
}

Partition::Partition(const DataOptions& options, const Samples& samples, uint32_t workers, uint64_t seed,
                     std::span<const uint32_t> liars) {
  const PartitionKind kind = options.partition;
  const bool by_label = kind == PartitionKind::dirichlet || kind == PartitionKind::gamma_similarity || kind == PartitionKind::by_label;
  if (by_label && samples.labels_each > 1)
    refuse("data.partition: found " + std::string(to_string(kind)) + ", expected contiguous, iid or quantity: a sample of " + options.name + " has " +
           std::to_string(samples.labels_each) + " labels");
  make(options, &samples, samples.count(), workers, seed, options.liars == LiarsData::none ? liars : std::span<const uint32_t>());
}

void Partition::make(const DataOptions& options, const Samples* samples, size_t count, uint32_t workers, uint64_t seed,
                     std::span<const uint32_t> without) {
  assert(options.batch > 0);
  const Holders holders(workers, without);
  if (holders.honest.empty() && workers > 0)
    refuse("data.liars: found none, expected share: all " + std::to_string(workers) + " workers are named by an attack, and nobody would have data");
  const size_t trusted = trusted_samples(options, count, holders);

  std::vector<uint32_t> indices(count);
  std::iota(indices.begin(), indices.end(), 0u);
  if (options.partition != PartitionKind::contiguous) {
    const Permutation shuffle(Stream({seed, Role::data, 0, Purpose::partition}), static_cast<uint32_t>(count));
    for (uint32_t& i : indices) i = shuffle(i);
  }
  const auto [shared, last] = std::pair(std::span<const uint32_t>(indices).first(count - trusted),
                                        std::span<const uint32_t>(indices).last(trusted));
  Parts parts = workers > 0 ? dealt(options, Dealer(shared, holders.honest.size(), seed), samples, holders) : Parts();
  parts.emplace_back(last.begin(), last.end());
  order_.reserve(count);
  for (const auto& part : parts) {
    order_.insert(order_.end(), part.begin(), part.end());
    places_.push_back(order_.size());
  }
  holders_ = holders.parts();
}

std::span<const uint32_t> Partition::part(uint32_t index) const {
  assert(index <= workers());
  const size_t k = index < workers() ? holders_[index] : places_.size() - 2;
  return std::span(order_).subspan(places_[k], places_[k + 1] - places_[k]);
}

size_t Partition::mean_part() const {
  const size_t holders = places_.size() - 2;
  return holders > 0 ? places_[holders] / holders : 0;
}

}  // namespace zenops

#include "actors/holder.hpp"

#include <algorithm>
#include <atomic>

#include "actors/fingerprint.hpp"
#include "actors/in_words.hpp"
#include "actors/wire/compose.hpp"
#include "actors/wire/products.hpp"
#include "aggregation/measuring.hpp"

namespace zenops {
namespace {

/// ‖a − b‖²; null stands for a row of zeros.
double squared_distance(const float* a, const float* b, size_t size) {
  const std::vector<const float*> rows = {a, b};
  return measure(rows, nullptr, size, true).distances[0];
}

/// What became of one sender's rows in one segment, which begins at `offset` of the shard's floats.
void add_rates(const History& history, const float* row, size_t segment, size_t offset, size_t size, Products& out) {
  const bool first = history.earlier_base.empty();
  out.changes.push_back(first ? 0 : squared_distance(row, history.row.segments[segment], size));
  out.moves.push_back(first ? 0
                            : squared_distance(history.base.view().data() + offset,
                                               history.earlier_base.view().data() + offset, size));
}

}  // namespace

std::vector<BlockPlan> blocks_of(wire::Plan::Reader plan) {
  std::vector<BlockPlan> out;
  for (auto block : plan.getBlocks()) {
    BlockPlan& p = out.emplace_back();
    p.combine = static_cast<Combine>(block.getCombine());
    p.trim = block.getTrim();
    p.drop = block.getDrop();
    p.trusted_weight = block.getTrustedWeight();
    p.toward = block.getToward();
    p.step = block.getStep();
    p.noise = block.getNoise();
    p.noise_draw = block.getNoiseDraw();
    for (float weight : block.getWeights()) p.weights.push_back(weight);
    for (auto mixed : block.getMix()) {
      auto& terms = p.mix.emplace_back();
      const auto weights = mixed.getWeights();
      uint32_t k = 0;
      for (uint32_t row : mixed.getRows()) terms.push_back({row, weights[k++]});
    }
  }
  return out;
}

Holder::Holder(Context& context, Options options, Layout layout, std::shared_ptr<Rows> rows, Row initial)
    : Actor(context),
      options_(options),
      layout_(std::move(layout)),
      range_(layout_.shard(options.index, options.shards)),
      rows_(std::move(rows)),
      parameters_(std::move(initial)),
      optimizer_(options_.server),
      needs_(options_.needs),
      previous_(nothing_before()),
      combined_there_(options_.validators, std::vector<bool>(range_.last - range_.first)) {
  std::vector<Row> moments;
  for (size_t k = 0; k < optimizer_.moments(); ++k) moments.push_back(filled(optimizer_.initial(k)));
  remembered_ = remembered(std::move(moments));
  if (options_.accelerator) {
    Residences residences;
    for (const size_t size : sizes_of_segments()) residences.push_back(options_.accelerator->residence(size));
    residences_ = std::make_shared<const Residences>(std::move(residences));
  }
  context.watch();
}

Holder::Remembered Holder::remembered(std::vector<Row> moments) {
  return {std::move(moments), std::vector<uint8_t>(range_.last - range_.first), ++versions_};
}

std::shared_ptr<const Workspaces> Holder::workspaces() const {
  if (!residences_) return nullptr;
  auto out = std::make_shared<Workspaces>();
  for (const auto& residence : *residences_) out->push_back(residence->workspace());
  return out;
}

void Holder::log_news() {
  if (!options_.accelerator) return;
  for (const auto& why : options_.accelerator->news()) context().log(context().self().name + ": " + why + ": the processor does it");
}

std::vector<Row> Holder::nothing_before() const {
  std::vector<Row> out;
  if (needs_.trusted == Trust::previous)
    for (uint32_t g = 0; g < options_.validators; ++g) out.push_back(zeros());
  return out;
}

void Holder::choose(const std::optional<RuleChoice>& rule) {
  rule_ = rule;
  needs_ = rule ? options_.needs_of(*rule) : options_.needs;
  for (auto& group : combined_there_) group.assign(group.size(), false);  // another rule plans otherwise
}

void Holder::follow(const std::optional<RuleChoice>& rule) {
  if (rule == rule_) return;
  choose(rule);
  previous_ = nothing_before();
  sums_.clear();
}

Row Holder::filled(float value) const {
  Row out = rows_->make(range_.size);
  std::ranges::fill(out.mutable_view(), value);
  return out;
}

void Holder::reset(Holding holding) {
  parameters_ = std::move(holding.parameters);
  previous_ = std::move(holding.previous);
  sums_ = std::move(holding.sums);
  remembered_ = std::move(holding.remembered);
  hash_ = holding.hash;
  if (holding.rule != rule_) choose(holding.rule);
  ++resets_;
}

void Holder::state(std::function<void(const ActorState&)> then) {
  ActorState out;
  out.tensors["parameters"] = parameters_;
  for (uint32_t g = 0; g < previous_.size(); ++g) out.tensors[nth("previous", g)] = previous_[g];
  if (needs_.sums) {
    const Row nothing = zeros();  // every shard has the same names to tell
    for (uint32_t w = 0; w < options_.workers; ++w) out.tensors[nth("sum", w)] = sums_.contains(w) ? sums_.at(w) : nothing;
  }
  const bool all_here = std::ranges::none_of(remembered_.away, [](uint8_t away) { return away != 0; });
  std::vector<Row> moments = remembered_.moments;
  // Those that there are have a hole, which others may be reading around.
  if (!all_here)
    for (Row& row : moments) row = rows_->make(range_.size);
  for (size_t k = 0; k < moments.size(); ++k) out.tensors[ServerOptimizer::name(k)] = moments[k];
  if (all_here) return then(out);
  auto gone = std::make_shared<std::atomic<bool>>(false);
  context().for_each(
      remembered_.away.size(),
      [remembered = remembered_, residences = residences_, offsets = offsets_of_segments(), sizes = sizes_of_segments(), moments,
       gone](size_t s, int) {
        std::vector<std::span<float>> to;
        for (Row row : moments) to.push_back(row.mutable_view().subspan(offsets[s], sizes[s]));
        if (remembered.away[s]) {
          if (!(*residences)[s]->moments(remembered.version, to)) *gone = true;
          return;
        }
        for (size_t k = 0; k < to.size(); ++k) std::ranges::copy(remembered.moments[k].view().subspan(offsets[s], sizes[s]), to[k].begin());
      },
      [out = std::move(out), gone, then = std::move(then)] {
        if (!*gone) then(out);
      },
      options_.threads);
}

void Holder::restore(const ActorState& state, std::function<void(Holding)> then) {
  auto made = std::make_shared<Holding>();
  made->rule = rule_;
  made->parameters = state.tensor("parameters");
  if (made->parameters.size() != range_.size)
    throw std::runtime_error("it was to be restored to parameters that are not its own: " + std::to_string(made->parameters.size()) +
                             " numbers, it has " + std::to_string(range_.size));
  for (uint32_t g = 0; g < previous_.size(); ++g) {
    const Row row = state.tensor(nth("previous", g));
    made->previous.push_back(row.size() == range_.size ? row : zeros());
  }
  for (uint32_t w = 0; needs_.sums && w < options_.workers; ++w)
    if (const Row row = state.tensor(nth("sum", w)); row.size() == range_.size) made->sums[w] = row;
  std::vector<Row> moments;
  for (size_t k = 0; k < optimizer_.moments(); ++k) {
    const Row row = state.tensor(ServerOptimizer::name(k));
    moments.push_back(row.size() == range_.size ? row : filled(optimizer_.initial(k)));
  }
  made->remembered = remembered(std::move(moments));
  auto hashes = std::make_shared<std::vector<uint64_t>>(range_.last - range_.first);
  std::vector<std::span<const float>> segments;
  for (uint32_t s = range_.first; s < range_.last; ++s) {
    const Segment& segment = layout_.segments()[s];
    segments.push_back(made->parameters.view().subspan(segment.offset - range_.offset, segment.size));
  }
  context().for_each(
      segments.size(),
      [made, hashes, segments, first = range_.first](size_t s, int) { (*hashes)[s] = fingerprint(segments[s], first + s); },
      [made, hashes, then = std::move(then)] {
        for (const uint64_t hash : *hashes) made->hash += hash;
        then(std::move(*made));
      });
}

void Holder::tell_parameters(const std::string& to, uint32_t number) {
  context().tell(to, Envelope::of<wire::Parameters>(
                         [&](wire::Parameters::Builder out) {
                           out.setVersion(number);
                           out.setShard(options_.index);
                           out.initTensor().initShape(1).set(0, range_.size);
                         },
                         {parameters_}));
}

void Holder::refuse(uint32_t number, const Error& error) { refuse(context().sender().name, number, error); }

void Holder::refuse(const std::string& to, uint32_t number, const Error& error) {
  if (!to.starts_with("worker/")) return;
  context().tell(to, Envelope::of<wire::Refused>([&](wire::Refused::Builder out) {
                   out.setRound(number);
                   out.setCode(static_cast<uint8_t>(error.code));
                   out.setWhat(error.what);
                 }));
}

std::string Holder::summary() const {
  return "holds " + std::to_string(range_.size) + " of " + std::to_string(layout_.dimension()) + " parameters, from number " +
         std::to_string(range_.offset) + " on\nmeasures for " + (rule_ ? in_words(*rule_) : "the configuration's rule");
}

Expected<ShardRow> Holder::admit(const Msg<wire::Push>& push, uint32_t number) const {
  return door::admit(push, number, layout_, range_, Sender::worker, {options_.compression, rows_.get()});
}

std::optional<ShardRow> Holder::admit_trusted(const Msg<wire::Push>& push, uint32_t number) const {
  auto row = door::admit(push, number, layout_, range_, Sender::validator);
  if (!row || std::ranges::any_of(row->segments, [](const float* s) { return s == nullptr; })) return {};
  return std::move(*row);
}

void Holder::tell_committed(uint32_t number, const std::map<uint32_t, std::string>& hashes) {
  context().tell("scheduler", Envelope::of<wire::Committed>([&](wire::Committed::Builder out) {
                   out.setRound(number);
                   out.setShard(options_.index);
                   out.setHash(hash_);
                   auto rows = out.initRows(static_cast<uint32_t>(hashes.size()));
                   uint32_t k = 0;
                   for (const auto& [worker, hash] : hashes) {
                     rows[k].setWorker(worker);
                     rows[k++].setSha256(hash);
                   }
                 }));
}

void Holder::measure(uint32_t number, uint32_t step, uint32_t group, const Round& round, std::vector<History> histories,
                     const std::vector<uint32_t>* central_workers, std::shared_ptr<const GrowingTables> tables) {
  auto rows = std::make_shared<std::vector<ShardRow>>();
  std::vector<uint32_t> workers;
  std::vector<bool> enters;
  std::vector<Row> sums;
  for (const auto& seat : round.seats()) {
    if (seat.state != Round::State::taken) continue;
    rows->push_back(seat.row);
    workers.push_back(seat.member.worker);
    enters.push_back(central_workers ? std::ranges::count(*central_workers, seat.member.worker) > 0 : !seat.member.quarantined);
    const auto sum = sums_.find(seat.member.worker);
    sums.push_back(sum == sums_.end() ? Row{} : sum->second);
  }
  const ShardRow* trusted = round.trusted();
  Measuring measuring{number, step, group, round, needs_, rule_, !awaits_trusted() || trusted != nullptr};
  if (!needs_.anything() || (needs_.trusted == Trust::validator && !trusted)) return send_measured(measuring, {});

  const size_t segments = range_.last - range_.first;
  auto products = std::make_shared<std::vector<Products>>(segments);
  // The row that is believed, if any.
  ShardRow believed;
  if (needs_.trusted == Trust::validator) believed = *trusted;
  if (needs_.trusted == Trust::previous) believed = previous(group);
  context().for_each(
      segments,
      [rows, workers = std::move(workers), tables = std::move(tables), believed = std::move(believed), products,
       sizes = sizes_of_segments(), needs = needs_, histories = std::move(histories), enters = std::move(enters), sums = std::move(sums),
       places = places_of_segments(draw_of(options_.seed, group, step)), offsets = offsets_of_segments(),
       workspaces = round.workspaces()](size_t s, int) {
        std::vector<const float*> pointers, central, before;
        for (size_t k = 0; k < rows->size(); ++k) {
          pointers.push_back((*rows)[k].segments[s]);
          if (enters[k]) central.push_back(pointers.back());
          before.push_back(sums[k].empty() ? nullptr : sums[k].view().data() + offsets[s]);
        }
        const std::optional<Products> table = tables && tables->grows(s) ? std::optional(tables->of(s, workers)) : std::nullopt;
        (*products)[s] = measured(needs, {.rows = pointers,
                                          .size = sizes[s],
                                          .trusted = believed.segments.empty() ? nullptr : believed.segments[s],
                                          .table = table ? &*table : nullptr,
                                          .central = central,
                                          .sums = before,
                                          .place = places[s],
                                          .workspace = workspaces ? (*workspaces)[s].get() : nullptr});
        for (size_t k = 0; k < histories.size(); ++k)
          add_rates(histories[k], pointers[k], s, offsets[s], sizes[s], (*products)[s]);
      },
      [this, products, measuring = std::move(measuring)] {
        log_news();
        send_measured(measuring, *products);
      },
      options_.threads);
}

std::shared_ptr<GrowingTables> Holder::growing_tables(uint32_t group, size_t members) {
  const bool suffices = needs_.table && !needs_.signs && !needs_.gaps && needs_.trusted != Trust::median;
  if (!options_.grow || !suffices) return nullptr;
  const size_t points = members + (needs_.trusted != Trust::nobody);
  std::vector<std::optional<size_t>> sizes;
  for (const size_t size : sizes_of_segments()) {
    // An accelerator measures rows that are all there.
    const bool grows = !options_.accelerator || !options_.accelerator->measures(points, size, true, false, false);
    sizes.push_back(grows ? std::optional(size) : std::nullopt);
  }
  if (std::ranges::none_of(sizes, [](const auto& size) { return size.has_value(); })) return nullptr;
  auto tables = std::make_shared<GrowingTables>(
      std::move(sizes), [this](size_t count, std::function<void(size_t)> body, std::function<void()> then) {
        context().for_each(count, [body = std::move(body)](size_t s, int) { body(s); }, std::move(then), options_.threads);
      });
  if (needs_.trusted == Trust::previous) tables->add(GrowingTables::kTrusted, previous(group));
  return tables;
}

std::shared_ptr<Bringing> Holder::bringing(uint32_t group, const Round& round) {
  if (!round.workspaces()) return nullptr;
  const size_t points = round.seats().size() + (needs_.trusted != Trust::nobody);
  std::vector<std::optional<size_t>> sizes;
  for (const size_t size : sizes_of_segments()) {
    const bool measured = needs_.lengths() && options_.accelerator->measures(points, size, needs_.table, needs_.signs, needs_.gaps);
    sizes.push_back(measured || combined_there_[group][sizes.size()] ? std::optional(size) : std::nullopt);
  }
  if (std::ranges::none_of(sizes, [](const auto& size) { return size.has_value(); })) return nullptr;
  // More threads than copy at a time would only wait for each other.
  const size_t copy = options_.accelerator->at_a_time(), most = options_.threads > 0 ? std::min<size_t>(copy, options_.threads) : copy;
  return std::make_shared<Bringing>(
      round.workspaces(), std::move(sizes), [this, most](size_t count, std::function<void(size_t)> body, std::function<void()> then) {
        context().for_each(count, [body = std::move(body)](size_t s, int) { body(s); }, std::move(then), most);
      });
}

ShardRow Holder::previous(uint32_t group) const {
  ShardRow out;
  for (const size_t offset : offsets_of_segments()) out.segments.push_back(previous_[group].view().data() + offset);
  out.rows.push_back(previous_[group]);
  return out;
}

std::vector<size_t> Holder::sizes_of_segments() const {
  std::vector<size_t> out;
  for (uint32_t s = range_.first; s < range_.last; ++s) out.push_back(layout_.segments()[s].size);
  return out;
}

std::vector<size_t> Holder::offsets_of_segments() const {
  std::vector<size_t> out;
  for (uint32_t s = range_.first; s < range_.last; ++s) out.push_back(layout_.segments()[s].offset - range_.offset);
  return out;
}

std::vector<Place> Holder::places_of_segments(uint64_t draw) const {
  const bool by_block = options_.granularity == Granularity::block;
  std::vector<size_t> begins;  // of each block, in the whole model's judged numbers
  size_t judged = 0;
  for (const Block& block : layout_.blocks()) {
    begins.push_back(judged);
    if (block.exchange == Exchange::judged) judged += block.size;
  }
  std::vector<Place> out;
  for (uint32_t s = range_.first; s < range_.last; ++s) {
    const Segment& segment = layout_.segments()[s];
    const Block& block = layout_.blocks()[segment.block];
    const size_t at = segment.offset - block.offset;
    if (block.exchange != Exchange::judged)
      out.push_back({});
    else if (by_block)
      out.push_back({draw, segment.block, at, block.size});
    else
      out.push_back({draw, 0, begins[segment.block] + at, judged});
  }
  return out;
}

Row Holder::whole(const ShardRow& row) const {
  if (row.rows.size() == 1 && row.rows[0].size() == range_.size) return row.rows[0];
  Row out = rows_->make(range_.size);
  for (size_t s = 0; s < row.segments.size(); ++s) {
    const Segment& segment = layout_.segments()[range_.first + s];
    const auto target = out.mutable_view().subspan(segment.offset - range_.offset, segment.size);
    if (row.segments[s])
      std::copy_n(row.segments[s], segment.size, target.begin());
    else
      std::ranges::fill(target, 0.0f);
  }
  return out;
}

void Holder::send_measured(const Measuring& measuring, const std::vector<Products>& products) {
  const Round& round = measuring.round;
  std::vector<Row> candidates;
  if (measuring.needs.losses)
    for (const auto& seat : round.seats())
      if (seat.state == Round::State::taken) candidates.push_back(whole(seat.row));
  context().tell(nth("validator", measuring.group),
                 Envelope::of<wire::Measured>(
                     [&](wire::Measured::Builder out) {
                       out.setRound(measuring.number);
                       out.setStep(measuring.step);
                       out.setShard(options_.index);
                       out.setTrusted(measuring.trusted);
                       if (measuring.rule) write(*measuring.rule, out.initRule());
                       const auto& seats = round.seats();
                       auto rows = out.initRows(static_cast<uint32_t>(seats.size()));
                       for (uint32_t k = 0; k < seats.size(); ++k) {
                         rows[k].setWorker(seats[k].member.worker);
                         rows[k].setIncarnation(seats[k].member.incarnation);
                         rows[k].setState(static_cast<wire::State>(seats[k].state));
                         rows[k].setRefusal(static_cast<uint8_t>(seats[k].refusal));
                         rows[k].setQuarantined(seats[k].member.quarantined);
                         auto blocks = rows[k].initBlocks(static_cast<uint32_t>(layout_.blocks().size()));
                         const auto& sent = seats[k].row.blocks;
                         for (uint32_t b = 0; b < sent.size(); ++b) blocks.set(b, sent[b]);
                       }
                       std::vector<double> numbers;
                       for (const Products& p : products) wire::append(p, measuring.needs, numbers);
                       auto list = out.initProducts(static_cast<uint32_t>(numbers.size()));
                       for (uint32_t k = 0; k < numbers.size(); ++k) list.set(k, numbers[k]);
                     },
                     std::move(candidates)));
}

GroupPlan Holder::group_plan(wire::Plan::Reader plan, const Round& round) {
  GroupPlan group;
  group.blocks = blocks_of(plan);
  group.workspaces = round.workspaces();
  if (const ShardRow* trusted = round.trusted()) group.trusted = *trusted;
  for (uint32_t worker : plan.getWorkers()) {
    group.rows.push_back(round.row(worker));
    if (!needs_.sums) continue;
    Row& sum = sums_[worker];
    group.sums.push_back(sum);
    group.next_sums.push_back(sum = rows_->make(range_.size));
  }
  if (options_.accelerator && !group.rows.empty()) {
    const size_t n = group.rows.size();
    std::vector<bool>& there = combined_there_[plan.getGroup()];
    for (uint32_t s = range_.first; s < range_.last; ++s) {
      const Segment& segment = layout_.segments()[s];
      const BlockPlan& block = group.blocks[segment.block];
      const bool all = block.combine != Combine::weighted_sum || rows_read(block) == n;
      there[s - range_.first] = all && layout_.blocks()[segment.block].exchange == Exchange::judged &&
                                options_.accelerator->combines(block, n, segment.size);
    }
  }
  if (previous_.empty() || group.rows.empty()) return group;
  group.previous = previous_[plan.getGroup()];
  group.next = previous_[plan.getGroup()] = rows_->make(range_.size);
  return group;
}

void Holder::apply(std::vector<GroupPlan> plans, float lr, std::function<void()> then) {
  Row next = rows_->make(range_.size);
  const bool steps = std::ranges::any_of(plans, [](const GroupPlan& group) { return !group.rows.empty(); });
  const Remembered before = remembered_;
  Remembered after = before;
  auto optimizer = std::make_shared<const ServerOptimizer>(optimizer_);
  if (steps) {
    for (Row& row : after.moments) row = rows_->make(range_.size);
    after.version = ++versions_;
  }
  std::vector<Segment> segments(layout_.segments().begin() + range_.first, layout_.segments().begin() + range_.last);
  std::vector<Making> makings;
  for (uint32_t k = 0; k < segments.size(); ++k) {
    const Segment& segment = segments[k];
    const size_t offset = segment.offset - range_.offset;
    const Block& block = layout_.blocks()[segment.block];
    Making& making = makings.emplace_back(Making{segment, block.exchange, k, offset, parameters_.view().subspan(offset, segment.size),
                                                 next.mutable_view().subspan(offset, segment.size)});
    if (!steps) continue;
    if (!block.buffer) {
      making.scale = options_.send == Send::delta ? 1 : lr;
      making.optimizer = optimizer.get();
    }
    if (residences_) making.dwelling = {(*residences_)[k].get(), before.version, after.version, before.away[k] != 0};
    for (size_t m = 0; m < after.moments.size(); ++m) {
      making.moments_before[m] = before.moments[m].view().subspan(offset, segment.size);
      making.moments[m] = after.moments[m].mutable_view().subspan(offset, segment.size);
    }
  }
  auto shared = std::make_shared<std::vector<GroupPlan>>(std::move(plans));
  auto hashes = std::make_shared<std::vector<uint64_t>>(segments.size());
  auto made = std::make_shared<std::vector<Made>>(segments.size());
  context().for_each(
      makings.size(),
      // The rows keep what the makings point to.
      [shared, makings, hashes, made, first = range_.first, across = options_.across, parameters = parameters_, next, before, after,
       optimizer, residences = residences_](size_t s, int) {
        (*made)[s] = make_segment(*shared, across, makings[s]);
        (*hashes)[s] = fingerprint(makings[s].out, first + s);
      },
      [this, next, after, steps, hashes, made, resets = resets_, then = std::move(then)]() mutable {
        log_news();
        if (resets != resets_) return;
        if (std::ranges::count(*made, Made::nowhere) > 0)
          throw std::runtime_error("what the server's optimizer remembers has gone from the accelerator");
        if (steps) std::ranges::transform(*made, after.away.begin(), [](Made m) { return m == Made::away; });
        parameters_ = next;
        remembered_ = after;
        hash_ = 0;
        for (const uint64_t hash : *hashes) hash_ += hash;
        then();
      },
      options_.threads);
}

}  // namespace zenops

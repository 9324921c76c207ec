// Something that is no training: lines go to three splitters, each in a process of its own, and their words to one
// counter.
#include <algorithm>
#include <cstdio>
#include <map>
#include <sstream>
#include <zenops/zenops.hpp>

#include "wire/pipeline.capnp.h"

using namespace std::chrono_literals;
using namespace zenops;

namespace {

class Splitter : public Actor {
 public:
  using Actor::Actor;
  Behavior handlers() override {
    return Behavior{}.on<pipeline::Line>(the_operator,
                                         [this](const Msg<pipeline::Line>& m) { split(m->getText().cStr()); });
  }

 private:
  void split(const std::string& line) {
    std::vector<std::string> words;
    std::istringstream in(line);
    for (std::string word; in >> word;) words.push_back(word);
    auto message = Envelope::of<pipeline::Words>([&](pipeline::Words::Builder out) {
      auto list = out.initWords(static_cast<uint32_t>(words.size()));
      for (uint32_t k = 0; k < words.size(); ++k) list.set(k, words[k]);
    });
    // The line is through when its words are: whoever sends lines is never faster than this.
    counter_.ask<pipeline::Passed>(std::move(message),
                                   [reply = context().replier()](const Expected<Answer<pipeline::Passed>>& done) {
                                     reply(done ? Envelope::of<pipeline::Passed>() : failure(done.error()));
                                   });
  }
  const Ref counter_{context(), "counter", {.within = 10s}};
};

class WordCounter : public Actor {
 public:
  using Actor::Actor;
  Behavior handlers() override {
    return Behavior{}
        .on<pipeline::Words>({"splitter/"},
                             [this](const Msg<pipeline::Words>& m) {
                               for (const auto word : m->getWords()) ++counts_[word.cStr()];
                               context().reply(Envelope::of<pipeline::Passed>());
                             })
        .on<pipeline::Top>(anybody, [this](const Msg<pipeline::Top>& m) { context().reply(top(m->getCount())); });
  }

 private:
  Envelope top(size_t count) const {
    std::vector<std::pair<std::string, uint32_t>> all(counts_.begin(), counts_.end());
    std::ranges::stable_sort(all, std::greater{}, [](const auto& entry) { return entry.second; });
    all.resize(std::min(all.size(), count));
    return Envelope::of<pipeline::Counts>([&](pipeline::Counts::Builder out) {
      auto words = out.initWords(static_cast<uint32_t>(all.size()));
      auto counts = out.initCounts(static_cast<uint32_t>(all.size()));
      for (uint32_t k = 0; k < all.size(); ++k) {
        words.set(k, all[k].first);
        counts.set(k, all[k].second);
      }
    });
  }
  std::map<std::string, uint32_t> counts_;
};

int count_words(Cluster& cluster) {
  const auto counter = cluster.spawn("WordCounter", "counter");
  const auto splitters = cluster.spawn("Splitter", *Names::parse("splitter[0..2]"));
  const std::vector<std::string> lines = {"row row row your boat", "gently down the stream",
                                          "merrily merrily merrily merrily", "life is but a dream"};
  std::vector<std::future<Expected<Answer<pipeline::Passed>>>> passed;
  for (size_t k = 0; k < lines.size(); ++k)
    passed.push_back(splitters[k % splitters.size()].ask<pipeline::Passed>(
        Envelope::of<pipeline::Line>([&](pipeline::Line::Builder out) { out.setText(lines[k]); })));
  for (auto& line : passed)
    if (const auto done = line.get(); !done) return std::fprintf(stderr, "%s\n", done.error().what.c_str()), 1;
  const auto top =
      counter.ask<pipeline::Counts>(Envelope::of<pipeline::Top>([](pipeline::Top::Builder out) { out.setCount(2); }))
          .get();
  if (!top) return std::fprintf(stderr, "%s\n", top.error().what.c_str()), 1;
  for (uint32_t k = 0; k < (*top)->getWords().size(); ++k)
    std::printf("%s %u\n", (*top)->getWords()[k].cStr(), (*top)->getCounts()[k]);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Program program("pipeline");
  program.add<Splitter>("Splitter").add<WordCounter>("WordCounter");
  return program.run(argc, argv, count_words);
}

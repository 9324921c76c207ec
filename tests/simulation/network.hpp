#pragma once
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/dice.hpp"
#include "tests/simulation/process.hpp"
#include "tests/simulation/story.hpp"

namespace zenops::simulation {

/// What lies between processes: from one to another everything comes in its order, after delays of a seed; what actors
/// say may be lost or come twice, and while a cut lies between the two nothing comes.
class Network {
 public:
  struct Options {
    Duration least_delay = ms(0.05), most_delay = ms(2);  // of a message
    double late = 0;                                      // share of messages that take fifteen times as long
    double lost = 0, twice = 0;                           // shares of the messages between actors
    bool head_apart = false;                              // from the client, which otherwise is told everything at once
  };
  struct Cut {
    std::set<uint64_t> processes;  // from all others; and those of this node
    std::string node;
    Time until{};
    bool head_too = false;  // also from the head and the client
    bool one_way = false;   // they hear, and are not heard
    bool breaks = false;    // what actors say meanwhile is lost; otherwise it comes late
  };
  Network(Options options, uint64_t seed, Timeline& timeline, Story& story)
      : options_(options), dice_(seed, 1), timeline_(timeline), story_(story) {}

  void send(Process& from, Process& to, std::function<void()> arrive, bool between_actors = false);
  void cut(Cut cut) { cuts_.push_back(std::move(cut)); }
  /// All cuts end now.
  void heal();

 private:
  struct Item {
    Time due;
    bool between_actors;
    std::function<void()> arrive;
  };
  struct Channel {
    Process &from, &to;
    std::deque<Item> items = {};
    Time last{};
    bool pumping = false;
    uint64_t turn = 0;  // only the newest counts
  };
  Duration delay();
  const Cut* cut_between(const Process& from, const Process& to) const;
  void arrive_when_due(Channel& channel);
  void pump(Channel& channel);

  const Options options_;
  Dice dice_;
  Timeline& timeline_;
  Story& story_;
  std::map<std::pair<uint64_t, uint64_t>, Channel> channels_;
  std::vector<Cut> cuts_;
};

}  // namespace zenops::simulation

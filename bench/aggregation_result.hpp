#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace zenops::bench {

/// How long a piece of work may take, and how long it should.
struct Bar {
  enum class Of { roof, reads };
  Of of = Of::roof;  // what is counted: times its roof, or times one reading of the rows
  double most = 0, aim = 0;
  bool operator==(const Bar&) const = default;
};

/// The bar of that rule, or piece of one, for `rows` rows of any dimension; nothing where none is set.
std::optional<Bar> bar_of(const std::string& name, size_t rows);

/// One pass over the rows, or deciding between two.
struct Phase {
  std::string name;  // "measure", "decide", "combine"
  double seconds = 0;
  double memory_seconds = 0;      // reading what it reads and writing what it writes, and nothing else
  double arithmetic_seconds = 0;  // its operations and nothing else
  std::string operations = {};    // what they are: "minima and maxima"
  bool writes = false;            // a row of the rows
  double roof_seconds() const;    // the longer of the two
  std::string bound() const;      // which that is: "memory", "arithmetic"
};

/// One piece of work beside the machine's roof for it, both measured in one process, turn by turn.
struct AggregationResult {
  std::string name;
  size_t rows = 0, dimension = 0;
  size_t coordinates = 0;  // that were measured: of what others do a twentieth of the dimension
  int threads = 1;
  double seconds = 0;       // median, of the busiest thread
  double read_seconds = 0;  // reading every row once, the trusted one too where there is one
  double spread = 0;        // of the probes: interquartile range over median
  std::vector<Phase> phases = {};
  std::optional<Bar> bar = {};

  double roof_seconds() const;  // of all phases, one after the other
  std::string bound() const;    // of the phase whose roof is the highest
  double ratio() const { return seconds / roof_seconds(); }
  double reads() const { return seconds / read_seconds; }
  double value() const { return bar && bar->of == Bar::Of::reads ? reads() : ratio(); }  // what the bar is about
  bool met() const { return !bar || value() <= bar->most; }
  bool aim_met() const { return bar && value() <= bar->aim; }
  bool unreliable() const { return spread > 0.25; }
};

/// Where its time went, in a few words that rest on the numbers: "arithmetic: 1.31 of its minima and maxima's time".
std::string why(const AggregationResult& result);

}  // namespace zenops::bench

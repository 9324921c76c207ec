#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/npy.hpp"
#include "base/safetensors.hpp"
#include "tests/cli/process.hpp"

namespace zenops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Json = nlohmann::json;

class AggregateTest : public testing::Test {
 protected:
  /// Nine rows of 100 numbers: seven honest ones near (1, 1, …), two that lie.
  AggregateTest() {
    for (size_t k = 0; k < 9; ++k)
      for (size_t i = 0; i < 100; ++i)
        values_.push_back(k < 2 ? -50.0f : 1 + 0.01f * static_cast<float>((7 * k + 3 * i) % 11) - 0.05f);
    write_npy(path("rows.npy"), {9, 100}, values_);
  }
  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }
  Ended aggregate(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "aggregate");
    return zenops_cli(folder_.path(), arguments);
  }
  Json json(std::vector<std::string> arguments) const {
    arguments.push_back("--json");
    const auto ended = aggregate(arguments);
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    return ended.exit_code == 0 ? Json::parse(ended.out) : Json();
  }
  TemporaryFolder folder_;
  std::vector<float> values_;
};

TEST_F(AggregateTest, GivesTheRowTheWeightsAndWhoWasKept) {
  const Json out = json({"rows.npy", "--rule", "multi_krum", "--f", "2"});
  EXPECT_EQ(out["rows"], 9);
  EXPECT_EQ(out["dimension"], 100);
  EXPECT_EQ(out["weights"].size(), 9u);
  EXPECT_EQ(out["weights"][0], 0);
  EXPECT_EQ(out["kept"].size(), 5u) << "n − f − 2";
  EXPECT_EQ(out["row"].size(), 100u);
  for (const double x : out["row"]) EXPECT_NEAR(x, 1, 0.06);
  EXPECT_GT(out["gigabytes_per_second"], 0);
}

TEST_F(AggregateTest, HasTheSameRowForAnyNumberOfShardsAndThreads) {
  const std::vector<std::string> chain = {"rows.npy", "--rule", "trimmed_mean", "--f", "2", "--pre", "arc,nnm"};
  const Json row = json(chain)["row"];
  for (const std::string shards : {"2", "3", "5"})
    for (const std::string threads : {"1", "2"}) {
      auto more = chain;
      more.insert(more.end(), {"--shards", shards, "--threads", threads});
      EXPECT_EQ(json(more)["row"], row);
    }
}

TEST_F(AggregateTest, WritesTheRowAsNpyOrSafetensors) {
  json({"rows.npy", "--rule", "median", "-o", "row.npy"});
  json({"rows.npy", "--rule", "median", "-o", "row.safetensors"});
  const auto row = to_floats(read_npy(path("row.npy")));
  ASSERT_EQ(row.size(), 100u);
  EXPECT_EQ(read_safetensors(path("row.safetensors")).values, row);
}

TEST_F(AggregateTest, ReadsSafetensorsAndATrustedRow) {
  write_safetensors(path("rows.safetensors"), Layout({{.name = "rows", .shape = {9, 100}}}), values_);
  write_npy(path("v.npy"), {100}, std::vector<float>(100, 1.0f));
  const Json out = json({"rows.safetensors", "--rule", "fltrust", "--trusted", "v.npy"});
  EXPECT_THAT(out["left_out"].get<std::vector<int>>(), ElementsAre(0, 1));
}

TEST_F(AggregateTest, RefusesARowWithNaNAndCountsItAmongTheLiars) {
  values_[30] = NAN;
  write_npy(path("rows.npy"), {9, 100}, values_);
  const Json out = json({"rows.npy", "--rule", "krum", "--f", "3"});
  EXPECT_THAT(out["refused"].get<std::vector<int>>(), ElementsAre(0)) << "eight rows, two liars to come";
}

struct Mistake {
  std::vector<std::string> arguments;
  std::string sentence;
  int exit_code;
};

TEST_F(AggregateTest, NamesEveryMistake) {
  const auto raw = [&](const std::string& name, const std::string& bytes) {
    std::ofstream(path(name), std::ios::binary) << bytes;
  };
  const auto npy = [](std::string header, size_t bytes) {
    header.resize(118, ' ');
    header.back() = '\n';
    return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + std::string(bytes, '\0');
  };
  raw("f64.npy", npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }", 48));
  raw("fortran.npy", npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", 24));
  raw("short.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 20));
  raw("liar.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 300), }", 24));
  raw("rows.txt", "1 2 3");
  write_npy(path("flat.npy"), {6}, std::vector<float>(6));
  write_npy(path("v.npy"), {7}, std::vector<float>(7));
  write_npy(path("nobody.npy"), {0, 7}, std::vector<float>());
  write_safetensors(path("other.safetensors"), Layout({{.name = "weights", .shape = {2, 3}}}), std::vector<float>(6));
  for (const Mistake& m : std::vector<Mistake>{
           {{"f64.npy", "--rule", "median"}, "f64.npy: found F64 numbers, expected F32", 3},
           {{"fortran.npy", "--rule", "median"}, "ortran", 3},
           {{"short.npy", "--rule", "median"}, "short.npy", 3},
           {{"liar.npy", "--rule", "median"}, "liar.npy", 3},
           {{"flat.npy", "--rule", "median"}, "flat.npy: found the shape 6, expected n × d", 3},
           {{"nobody.npy", "--rule", "median"}, "nobody.npy: there are no rows", 3},
           {{"absent.npy", "--rule", "median"}, "absent.npy", 3},
           {{"other.safetensors", "--rule", "median"}, "found the tensors weights, expected one called rows", 3},
           {{"rows.txt", "--rule", "median"}, "expected a name that ends in .npy or .safetensors", 2},
           {{"rows.npy", "--rule", "kram"}, "unknown rule \"kram\"; did you mean \"krum\"?", 2},
           {{"rows.npy", "--rule", "krum", "--pre", "nmm"}, "unknown pre-aggregator \"nmm\"; did you mean \"nnm\"?", 2},
           {{"rows.npy", "--rule", "average", "--f", "2"}, "average takes no parameter f", 2},
           {{"rows.npy", "--rule", "multi_krum", "-p", "m=0"}, "m: found 0, expected an integer ≥ 1 and ≤ 65535", 2},
           {{"rows.npy", "--rule", "multi_krum", "-p", "m"}, "expected a parameter and its value: NAME=NUMBER", 2},
           {{"rows.npy", "--rule", "krum", "--f", "4"}, "krum needs n ≥ 2f + 3 = 11, got n = 9", 3},
           {{"rows.npy", "--rule", "zeno"}, "zeno needs a trusted row", 3},
           {{"rows.npy", "--rule", "zeno_loss"}, "zeno_loss needs a model", 3},
           {{"rows.npy", "--rule", "zeno", "--trusted", "v.npy"}, "v.npy: found the shape 7, expected 100", 3},
           {{"rows.npy", "--rule", "median", "-o", "row.txt"}, "row.txt: expected a name that ends in", 2},
           {{"rows.npy", "--rule", "median", "-o", "no/row.npy"}, "no/row.npy", 4}}) {
    const auto ended = aggregate(m.arguments);
    EXPECT_EQ(ended.exit_code, m.exit_code) << ended.err << ended.out;
    EXPECT_THAT(ended.err, HasSubstr(m.sentence));
    EXPECT_EQ(std::ranges::count(ended.err, '\n'), 1) << ended.err;
  }
}

}  // namespace
}  // namespace zenops

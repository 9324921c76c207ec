#include "base/safetensors.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>

#include "base/expected.hpp"
#include "tests/base/damage.hpp"
#include "tests/base/python.hpp"
#include "tests/base/refusal.hpp"
#include "tests/base/temporary_folder.hpp"

namespace zenops {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string with_length(uint64_t length, const std::string& rest) {
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + rest;
}
std::string file_of(const std::string& header, size_t data) {
  return with_length(header.size(), header + std::string(data, '\0'));
}
std::string tensor(const std::string& shape, const std::string& offsets, const std::string& dtype = "F32") {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

class Safetensors : public testing::Test {
 protected:
  std::string refusal_of(const std::string& bytes) {
    const auto path = folder_.put("model.safetensors", bytes);
    const std::string what = refusal(UserError::bad_data, [&] { read_safetensors(path); });
    EXPECT_THAT(what, HasSubstr(path.string()));
    return what;
  }
  std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  size_t files() { return std::distance(std::filesystem::directory_iterator(folder_.path()), {}); }

  TemporaryFolder folder_;
  const Layout layout_{{{"fc.weight", {2, 3}}, {"scalar", {}}, {"nothing", {0, 4}}, {"a", {2}}}};
  const std::vector<float> values_ = {1, -2, 3.5, 1e-40f, 5, 6, 7, 8, 9};
};

TEST_F(Safetensors, ReadsBackWhatWasWritten) {
  write_safetensors(folder_ / "m", layout_, values_, {{"round", "17"}, {"note", "ä \"quoted\"\n"}});
  const Tensors tensors = read_safetensors(folder_ / "m");
  EXPECT_EQ(tensors.values, values_);
  EXPECT_EQ(tensors.layout.blocks().size(), 4u);
  EXPECT_EQ(tensors.layout.blocks().at(3), layout_.blocks()[3]);
  EXPECT_THAT(tensors.metadata, (std::map<std::string, std::string>{{"round", "17"}, {"note", "ä \"quoted\"\n"}}));
}

TEST_F(Safetensors, AlignsTheTensorsInTheFile) {
  for (const char* name : {"w", "we", "wei", "weig", "weigh", "weight", "weight7", "weight78"}) {
    write_safetensors(folder_ / "m", Layout({{name, {1}}}), std::vector<float>{1});
    EXPECT_EQ(bytes_of(folder_ / "m").size() % 8, sizeof(float));
  }
}

TEST_F(Safetensors, AModelOfNothingIsAFileToo) {
  write_safetensors(folder_ / "m", Layout(), {});
  EXPECT_THAT(read_safetensors(folder_ / "m").values, IsEmpty());
}

TEST_F(Safetensors, PutsTheNewFileInPlaceOfTheOldAndLeavesNothingElse) {
  folder_.put("m", "old");
  write_safetensors(folder_ / "m", layout_, values_);
  EXPECT_EQ(read_safetensors(folder_ / "m").values, values_);
  EXPECT_EQ(files(), 1u);
}

TEST_F(Safetensors, SaysWhereAndWhyItCannotWrite) {
  const auto missing = folder_ / "missing" / "m";
  EXPECT_THAT(refusal(UserError::cannot_write, [&] { write_safetensors(missing, layout_, values_); }),
              AllOf(HasSubstr(missing.string()), HasSubstr("No such file or directory")));
  std::filesystem::create_directory(folder_ / "folder");
  EXPECT_THAT(refusal(UserError::cannot_write, [&] { write_safetensors(folder_ / "folder", layout_, values_); }),
              HasSubstr("Is a directory"));
  EXPECT_EQ(files(), 1u);
}

TEST_F(Safetensors, KeepsTheOldFileWhenTheNewOneDoesNotFit) {
  folder_.put("m", "old");
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{4096, before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);  // so that write() fails, as it does on a full disk
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string what = refusal(UserError::cannot_write, [&] {
    write_safetensors(folder_ / "m", Layout({{"w", {10'000}}}), std::vector<float>(10'000));
  });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(what, AllOf(HasSubstr((folder_ / "m").string()), HasSubstr("File too large")));
  EXPECT_EQ(bytes_of(folder_ / "m"), "old");
  EXPECT_EQ(files(), 1u);
}

TEST_F(Safetensors, ReadsTensorsInTheOrderOfTheirBytes) {
  const auto path =
      folder_.put("m", file_of(R"({"a":)" + tensor("[1]", "[4,8]") + R"(,"b":)" + tensor("[1]", "[0,4]") + "}", 8));
  EXPECT_EQ(read_safetensors(path).layout.blocks()[0].name, "b");
}

TEST_F(Safetensors, IgnoresFieldsItDoesNotKnowAndSpacesAroundTheHeader) {
  const auto path =
      folder_.put("m", file_of(R"({"a":{"new":{"x":[1]},"dtype":"F32","shape":[],"data_offsets":[0,4]}}   )", 4));
  EXPECT_THAT(read_safetensors(path).values, SizeIs(1));
}

TEST_F(Safetensors, RefusesWhatIsNotThereOrNotAFile) {
  const auto missing = folder_ / "missing";
  EXPECT_THAT(refusal(UserError::bad_data, [&] { read_safetensors(missing); }),
              AllOf(HasSubstr(missing.string()), HasSubstr("No such file")));
  refusal(UserError::bad_data, [&] { read_safetensors(folder_.path()); });
}

TEST_F(Safetensors, RefusesAHeaderThatLiesAboutItsLength) {
  EXPECT_THAT(refusal_of(""), HasSubstr("only 0 bytes"));
  EXPECT_THAT(refusal_of("1234567"), HasSubstr("only 7 bytes"));
  EXPECT_THAT(refusal_of(with_length(3, "{}")), HasSubstr("cut off"));
  EXPECT_THAT(refusal_of(with_length(1, "{}")), HasSubstr("JSON"));
  EXPECT_THAT(refusal_of(with_length(0, "")), HasSubstr("JSON"));
  EXPECT_THAT(refusal_of(with_length(100'000'001, "{}")), HasSubstr("100000001"));
  EXPECT_THAT(refusal_of(with_length(~uint64_t{0}, "{}")), HasSubstr("18446744073709551615"));
}

TEST_F(Safetensors, RefusesAHeaderThatIsNotAJsonObject) {
  using namespace std::string_literals;
  for (const auto& header :
       {"[]"s, "null"s, "1"s, " {}"s, "{"s, "{}x"s, "{}\0"s, "{}\0{}"s, "{\"\xff\":1}"s, "{\"a\":1e999}"s,
        "\xef\xbb\xbf{}"s, std::string(100'000, '{'), "{\"a\":" + std::string(100'000, '[')})
    EXPECT_THAT(refusal_of(file_of(header, 0)), HasSubstr("JSON")) << header.substr(0, 20);
}

TEST_F(Safetensors, RefusesTensorsThatAreNotDescribed) {
  for (const char* described :
       {"1", "[]", "null", "{}", R"({"dtype":"F32","shape":[1]})", R"({"dtype":"F32","data_offsets":[0,4]})",
        R"({"shape":[1],"data_offsets":[0,4]})", R"({"dtype":"F32","shape":[1],"data_offsets":[0]})",
        R"({"dtype":"F32","shape":[1],"data_offsets":[0,4,4]})", R"({"dtype":"F32","shape":1,"data_offsets":[0,4]})",
        R"({"dtype":1,"shape":[1],"data_offsets":[0,4]})"})
    EXPECT_THAT(refusal_of(file_of(R"({"w":)" + std::string(described) + "}", 4)), HasSubstr("tensor \"w\""))
        << described;
}

TEST_F(Safetensors, WhereFloatsAreWantedNothingElseIsTaken) {
  for (const char* dtype : {"BF16", "F64", "I32"})
    EXPECT_THAT(refusal_of(file_of(R"({"w":)" + tensor("[0]", "[0,0]", dtype) + "}", 0)),
                HasSubstr("dtype is \"" + std::string(dtype) + "\", only F32"));
}

TEST_F(Safetensors, RefusesADtypeThatItDoesNotKnow) {
  for (const char* dtype : {"F8_E4M3", "", "f32", "F33"})
    EXPECT_THAT(refusal_of(file_of(R"({"w":)" + tensor("[1]", "[0,4]", dtype) + "}", 4)),
                HasSubstr("dtype is \"" + std::string(dtype) + "\""));
}

TEST_F(Safetensors, ReadsArraysOfEveryDtypeInTheOrderOfTheirBytes) {
  const std::string header = R"({"labels":)" + tensor("[2]", "[2,18]", "I64") + R"(,"__metadata__":{"k":"v"},"half":)" +
                             tensor("[1,1]", "[0,2]", "F16") + R"(,"bytes":)" + tensor("[3]", "[18,21]", "U8") + "}";
  std::string file = with_length(header.size(), header + std::string("\0\x3c", 2));
  file += std::string("\x05\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 16) + "abc";
  const Arrays read = read_safetensors_arrays(folder_.put("m", file));
  ASSERT_THAT(read.arrays, SizeIs(3));
  EXPECT_EQ(read.arrays[0].first, "half");
  EXPECT_THAT(read.arrays[0].second.shape, ElementsAre(1, 1));
  EXPECT_THAT(to_floats(read.arrays[0].second), ElementsAre(1));
  EXPECT_EQ(read.arrays[1].first, "labels");
  EXPECT_THAT(to_integers(read.arrays[1].second), ElementsAre(5, -1));
  EXPECT_THAT(to_integers(read.arrays[2].second), ElementsAre('a', 'b', 'c'));
  EXPECT_THAT(read.metadata, (std::map<std::string, std::string>{{"k", "v"}}));
}

TEST_F(Safetensors, RefusesNumbersThatAreNotWholeOrNegative) {
  for (const char* number : {"-1", "1.0", "1.5", "1e0", "\"1\"", "true", "null", "[1]", "18446744073709551616"}) {
    const std::string n = number;
    EXPECT_THAT(refusal_of(file_of(R"({"w":)" + tensor("[" + n + "]", "[0,4]") + "}", 4)), HasSubstr("tensor \"w\""));
    EXPECT_THAT(refusal_of(file_of(R"({"w":)" + tensor("[1]", "[" + n + ",4]") + "}", 4)), HasSubstr("tensor \"w\""));
  }
}

TEST_F(Safetensors, RefusesAShapeThatOverflows) {
  for (const char* shape : {"[4294967296,4294967296]", "[9223372036854775808]", "[4611686018427387904]",
                            "[65536,65536,65536,65536]", "[18446744073709551615,0]"})
    EXPECT_THAT(refusal_of(file_of(R"({"w":)" + tensor(shape, "[0,0]") + "}", 0)), HasSubstr("too large")) << shape;
}

TEST_F(Safetensors, RefusesASizeOtherThanTheShapes) {
  EXPECT_THAT(refusal_of(file_of(R"({"w":)" + tensor("[3]", "[0,8]") + "}", 8)), HasSubstr("needs 12 bytes"));
  EXPECT_THAT(refusal_of(file_of(R"({"w":)" + tensor("[]", "[0,0]") + "}", 0)), HasSubstr("needs 4 bytes"));
  EXPECT_THAT(refusal_of(file_of(R"({"w":)" + tensor("[1]", "[8,4]") + "}", 8)), HasSubstr("ends before it begins"));
}

TEST_F(Safetensors, RefusesHolesAndOverlaps) {
  const std::string a = R"({"a":)" + tensor("[1]", "[0,4]") + R"(,"b":)";
  EXPECT_THAT(refusal_of(file_of(a + tensor("[1]", "[8,12]") + "}", 12)),
              AllOf(HasSubstr("tensor \"b\""), HasSubstr("hole of 4 bytes")));
  EXPECT_THAT(refusal_of(file_of(a + tensor("[2]", "[0,8]") + "}", 8)), HasSubstr("overlaps"));
  EXPECT_THAT(refusal_of(file_of(a + tensor("[1]", "[2,6]") + "}", 6)), HasSubstr("overlaps"));
  EXPECT_THAT(refusal_of(file_of(R"({"a":)" + tensor("[1]", "[4,8]") + "}", 8)), HasSubstr("hole"));
}

TEST_F(Safetensors, RefusesAFileThatEndsTooEarlyOrTooLate) {
  const std::string header = R"({"w":)" + tensor("[2]", "[0,8]") + "}";
  EXPECT_THAT(refusal_of(file_of(header, 7)), HasSubstr("cut off"));
  EXPECT_THAT(refusal_of(file_of(header, 9)), HasSubstr("1 bytes after the last tensor"));
  EXPECT_THAT(refusal_of(file_of("{}", 1)), HasSubstr("1 bytes after the last tensor"));
}

TEST_F(Safetensors, RefusesANameThatAppearsTwice) {
  EXPECT_THAT(refusal_of(file_of(R"({"a":)" + tensor("[1]", "[0,4]") + R"(,"a":)" + tensor("[1]", "[0,4]") + "}", 4)),
              HasSubstr("\"a\" appears twice"));
}

TEST_F(Safetensors, RefusesNotesThatAreNotText) {
  EXPECT_THAT(refusal_of(file_of(R"({"__metadata__":{"k":1}})", 0)), HasSubstr("\"k\""));
  EXPECT_THAT(refusal_of(file_of(R"({"__metadata__":"k"})", 0)), HasSubstr("__metadata__"));
}

TEST_F(Safetensors, DoesNotLetANameReachTheTerminalAsItIs) {
  EXPECT_THAT(refusal_of(file_of(R"({"\u001b[2J":1})", 0)), HasSubstr("\\u001b[2J"));
}

TEST_F(Safetensors, SurvivesRandomDamage) {
  write_safetensors(folder_ / "whole", layout_, values_, {{"k", "v"}});
  const std::string whole = bytes_of(folder_ / "whole");
  const std::string splices[] = {"-1",   "1e9", "4294967296",  "null", "[",   "]",       "{",
                                 "}",    "\"",  ",",           ":",    "F16", "\\u0000", std::string(1, '\0'),
                                 "\xff", "  ",  "__metadata__"};
  for (uint32_t seed = 1; seed <= 3000; ++seed) {
    SCOPED_TRACE(seed);
    try {
      const Tensors tensors = read_safetensors(folder_.put("damaged", damaged(whole, splices, seed)));
      ASSERT_EQ(tensors.values.size(), tensors.layout.dimension());
    } catch (const UserError& error) {
      ASSERT_EQ(error.exit_code(), UserError::bad_data);
    }
  }
}

TEST_F(Safetensors, AreReadByPythonsOwnLibrary) {
  if (!python_runs("import safetensors, numpy"))
    GTEST_SKIP() << python() << " has no safetensors and numpy; name one that has in ZENOPS_PYTHON";
  write_safetensors(folder_ / "m", layout_, values_, {{"round", "17"}});
  EXPECT_TRUE(
      python_runs("from safetensors import safe_open\n"
                  "with safe_open(\"" +
                  (folder_ / "m").string() +
                  "\", \"numpy\") as file:\n"
                  "    assert file.metadata() == {\"round\": \"17\"}\n"
                  "    assert set(file.keys()) == {\"fc.weight\", \"scalar\", \"nothing\", \"a\"}\n"
                  "    assert file.get_tensor(\"fc.weight\").tolist()[0] == [1, -2, 3.5]\n"
                  "    assert file.get_tensor(\"scalar\") == 7\n"
                  "    assert file.get_tensor(\"nothing\").shape == (0, 4)\n"
                  "    assert file.get_tensor(\"a\").tolist() == [8, 9]\n"));
}

}  // namespace
}  // namespace zenops

#include "base/npy.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstring>
#include <iterator>

#include "base/expected.hpp"
#include "tests/base/damage.hpp"
#include "tests/base/python.hpp"
#include "tests/base/refusal.hpp"
#include "tests/base/temporary_folder.hpp"

namespace zenops {
namespace {

using namespace std::string_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string file_of(const std::string& header, const std::string& data, char version = 1) {
  std::string length(version == 1 ? 2 : 4, '\0');
  const auto size = static_cast<uint32_t>(header.size());
  std::memcpy(length.data(), &size, length.size());
  return "\x93NUMPY"s + version + '\0' + length + header + data;
}
std::string header(const std::string& descr, const std::string& shape, const std::string& fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }   \n";
}

class NpyTest : public testing::Test {
 protected:
  Array read(const std::string& bytes) { return read_npy(folder_.put("a.npy", bytes)); }
  std::string refusal_of(const std::string& bytes) {
    const auto path = folder_.put("a.npy", bytes);
    const std::string what = refusal(UserError::bad_data, [&] { read_npy(path); });
    EXPECT_THAT(what, HasSubstr(path.string()));
    return what;
  }
  TemporaryFolder folder_;
};

TEST_F(NpyTest, ReadsBackWhatWasWritten) {
  const std::vector<float> values = {1, -2, 3.5, 1e-40f, 5, 6};
  write_npy(folder_ / "m.npy", {2, 3}, values);
  const Array array = read_npy(folder_ / "m.npy");
  EXPECT_EQ(array.dtype, Dtype::F32);
  EXPECT_THAT(array.shape, ElementsAre(2, 3));
  EXPECT_EQ(to_floats(array), values);
}

TEST_F(NpyTest, WritesANumberAVectorAndNothing) {
  write_npy(folder_ / "number.npy", {}, std::vector<float>{7});
  write_npy(folder_ / "vector.npy", {3}, std::vector<float>{1, 2, 3});
  write_npy(folder_ / "nothing.npy", {0, 5}, {});
  EXPECT_THAT(read_npy(folder_ / "number.npy").shape, IsEmpty());
  EXPECT_THAT(to_floats(read_npy(folder_ / "vector.npy")), ElementsAre(1, 2, 3));
  EXPECT_THAT(read_npy(folder_ / "nothing.npy").shape, ElementsAre(0, 5));
}

TEST_F(NpyTest, AlignsTheNumbersInTheFile) {
  for (int64_t n : {1, 10, 100, 1000, 10'000}) {
    write_npy(folder_ / "m.npy", {n}, std::vector<float>(static_cast<size_t>(n)));
    EXPECT_EQ((std::filesystem::file_size(folder_ / "m.npy") - 4 * static_cast<size_t>(n)) % 64, 0u);
  }
}

TEST_F(NpyTest, SaysWhereAndWhyItCannotWrite) {
  EXPECT_THAT(refusal(UserError::cannot_write, [&] { write_npy(folder_ / "no" / "m", {0}, {}); }),
              AllOf(HasSubstr((folder_ / "no" / "m").string()), HasSubstr("No such file or directory")));
}

TEST_F(NpyTest, ReadsEveryKindOfNumberInEveryVersion) {
  EXPECT_THAT(to_integers(read(file_of(header("<i8", "(1,)"), "\x05\0\0\0\0\0\0\0"s))), ElementsAre(5));
  EXPECT_THAT(to_integers(read(file_of(header("|u1", "(2,)"), "\x05\xff", 2))), ElementsAre(5, 255));
  EXPECT_THAT(to_integers(read(file_of(header("|b1", "(2,)"), "\0\x01"s, 3))), ElementsAre(0, 1));
  EXPECT_THAT(to_floats(read(file_of(header("<f8", "()"), "\0\0\0\0\0\0\xf0\x3f"s))), ElementsAre(1));
  EXPECT_THAT(to_floats(read(file_of(header("<f2", "(1, 1)"), "\0\x3c"s))), ElementsAre(1));
}

TEST_F(NpyTest, TakesAHeaderInAnyOrderAndSpacing) {
  EXPECT_THAT(read(file_of(R"( {"shape":(2 ,1),"descr":"|u1","fortran_order":False})", "ab")).shape, ElementsAre(2, 1));
  EXPECT_THAT(read(file_of("{}"s.insert(1, "'shape': (2,), 'descr': '|i1', 'fortran_order': True"), "ab")).shape,
              ElementsAre(2));
}

TEST_F(NpyTest, RefusesWhatIsNotThereOrNotAFile) {
  EXPECT_THAT(refusal(UserError::bad_data, [&] { read_npy(folder_ / "missing"); }), HasSubstr("No such file"));
  refusal(UserError::bad_data, [&] { read_npy(folder_.path()); });
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  refusal(UserError::bad_data, [&] { read_npy(folder_ / "pipe"); });
}

TEST_F(NpyTest, RefusesWhatIsNoNpyFile) {
  EXPECT_THAT(refusal_of(""), HasSubstr("only 0 bytes"));
  EXPECT_THAT(refusal_of("\x93NUMPX\x01\0\x02\0{}"s), HasSubstr("not a .npy file"));
  EXPECT_THAT(refusal_of(file_of(header("<f4", "(0,)"), "", 4)), HasSubstr("version 4"));
  EXPECT_THAT(refusal_of(file_of(header("<f4", "(0,)"), "", 0)), HasSubstr("version 0"));
}

TEST_F(NpyTest, RefusesNumbersItCannotHoldAndSaysWhatToDo) {
  EXPECT_THAT(refusal_of(file_of(header(">f4", "(1,)"), "1234")), AllOf(HasSubstr("big-endian"), HasSubstr("astype")));
  EXPECT_THAT(refusal_of(file_of(header("<c8", "(1,)"), "12345678")), HasSubstr("dtype is '<c8'"));
  EXPECT_THAT(refusal_of(file_of(header("|O", "(1,)"), "1234")), HasSubstr("dtype is '|O'"));
  EXPECT_THAT(refusal_of(file_of(header("<U4", "(1,)"), "1234")), HasSubstr("dtype is '<U4'"));
  EXPECT_THAT(refusal_of(file_of(header("<f16", "(1,)"), "1234")), HasSubstr("dtype is '<f16'"));
  EXPECT_THAT(refusal_of(file_of("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "1234")),
              HasSubstr("records"));
}

TEST_F(NpyTest, DoesNotLetADtypeReachTheTerminalAsItIs) {
  EXPECT_THAT(refusal_of(file_of(header("\x1b[2J", "(1,)"), "1234")), HasSubstr("'?[2J'"));
}

TEST_F(NpyTest, RefusesFortranOrderWhereItMatters) {
  EXPECT_THAT(refusal_of(file_of(header("<f4", "(1, 1)", "True"), "1234")),
              AllOf(HasSubstr("Fortran"), HasSubstr("ascontiguousarray")));
}

TEST_F(NpyTest, RefusesAHeaderThatLiesAboutItsLength) {
  EXPECT_THAT(refusal_of("\x93NUMPY\x01\0\xff\xff{}"s), HasSubstr("should be 65535 bytes long, the file holds only 2"));
  EXPECT_THAT(refusal_of("\x93NUMPY\x02\0\xff\xff\xff\xff{}"s), HasSubstr("4294967295"));
  EXPECT_THAT(refusal_of("\x93NUMPY\x01\0\x01"s), HasSubstr("cut off"));
  std::string short_one = file_of(header("<f4", "(1,)"), "1234");
  short_one[8] = 20;  // the rest of the header is taken for data
  EXPECT_THAT(refusal_of(short_one), HasSubstr("header is not the dictionary"));
}

TEST_F(NpyTest, RefusesAHeaderThatIsGarbled) {
  for (const char* text :
       {"", "{", "{}", "()", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False, 'shape': (1,}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 1}", "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1.5,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
        "{'descr': '<f4', 'fortran_order': False, 'shape: (1,)}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "{'descr': '<f4' 'fortran_order': False}"})
    EXPECT_THAT(refusal_of(file_of(text, "1234")), HasSubstr("header")) << text;
}

TEST_F(NpyTest, RefusesAFileThatEndsTooEarlyOrTooLate) {
  EXPECT_THAT(refusal_of(file_of(header("<f4", "(2, 3)"), std::string(23, 'x'))),
              AllOf(HasSubstr("cut off"), HasSubstr("2 × 3 of F32 take 24 bytes, 23 follow")));
  EXPECT_THAT(refusal_of(file_of(header("<f4", "(2, 3)"), std::string(25, 'x'))),
              HasSubstr("longer than its header says"));
}

TEST_F(NpyTest, AShapeLargerThanTheFileCostsNoMemory) {
  EXPECT_THAT(refusal_of(file_of(header("<f4", "(1000000000000,)"), "1234")), HasSubstr("4000000000000"));
  EXPECT_THAT(refusal_of(file_of(header("<f4", "(4294967296, 4294967296)"), "1234")), HasSubstr("too large"));
  EXPECT_THAT(refusal_of(file_of(header("<f4", "(99999999999999999999,)"), "1234")), HasSubstr("too large"));
}

TEST_F(NpyTest, SurvivesRandomDamage) {
  const std::string whole = file_of(header("<i2", "(2, 3)"), "123456789012");
  const std::string splices[] = {"-1", "1e9", "4294967296", "(",    ")", "{",   "}",
                                 "'",  ",",   ":",          "True", "L", "\0"s, "\xff"};
  for (uint32_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE(seed);
    try {
      const Array array = read(damaged(whole, splices, seed));
      ASSERT_EQ(bytes_of(array.dtype, array.shape), array.bytes.size());
    } catch (const UserError& error) {
      ASSERT_EQ(error.exit_code(), UserError::bad_data);
    }
  }
}

TEST_F(NpyTest, AgreesWithNumPy) {
  if (!python_runs("import numpy"))
    GTEST_SKIP() << python() << " has no numpy; name a Python that has in ZENOPS_PYTHON";
  const std::string folder = folder_.path().string() + "/";
  write_npy(folder + "ours.npy", {2, 2}, std::vector<float>{1, 2, 3, 4.5});
  ASSERT_TRUE(
      python_runs("import numpy as np\n"
                  "f = \"" +
                  folder +
                  "\"\n"
                  "a = np.load(f + \"ours.npy\")\n"
                  "assert a.dtype == np.float32 and a.tolist() == [[1, 2], [3, 4.5]]\n"
                  "for t in \"f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1\".split():\n"
                  "    np.save(f + t, np.arange(6).reshape(1, 2, 3).astype(t))\n"
                  "np.save(f + \"fortran\", np.asfortranarray(np.zeros((2, 3))))\n"));
  for (const char* type : {"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"}) {
    const Array array = read_npy(folder + type + ".npy");
    EXPECT_THAT(array.shape, ElementsAre(1, 2, 3)) << type;
    EXPECT_THAT(to_floats(array), ElementsAre(0, 1, 2, 3, 4, 5)) << type;
  }
  EXPECT_THAT(to_floats(read_npy(folder + "b1.npy")), ElementsAre(0, 1, 1, 1, 1, 1));
  EXPECT_THAT(refusal(UserError::bad_data, [&] { read_npy(folder + "fortran.npy"); }), HasSubstr("Fortran"));
}

}  // namespace
}  // namespace zenops

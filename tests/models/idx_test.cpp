#include "models/idx.hpp"

#include <gmock/gmock.h>

#include "tests/base/refusal.hpp"
#include "tests/base/temporary_folder.hpp"
#include "tests/models/idx_file.hpp"

namespace zenops {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;

class IdxTest : public testing::Test {
 protected:
  std::string refusal_of(const std::string& bytes, unsigned dimensions = 2) {
    const auto path = folder_.put("file", bytes);
    const std::string what = refusal(UserError::bad_data, [&] { read_idx(path, dimensions); });
    EXPECT_THAT(what, HasSubstr(path.string()));
    return what;
  }
  TemporaryFolder folder_;
  const std::string whole_ = idx({2, 3}, "abcdef");
};

TEST_F(IdxTest, IsReadGzippedOrNot) {
  for (const std::string& bytes : {whole_, gzip(whole_)}) {
    const Idx read = read_idx(folder_.put("file", bytes), 2);
    EXPECT_THAT(read.shape, ElementsAre(2, 3));
    EXPECT_THAT(read.bytes, ElementsAre('a', 'b', 'c', 'd', 'e', 'f'));
  }
}

TEST_F(IdxTest, RefusesWhatIsNotThereOrNotAFile) {
  EXPECT_THAT(refusal(UserError::bad_data, [&] { read_idx(folder_ / "missing", 1); }), HasSubstr("No such file"));
  EXPECT_THAT(refusal(UserError::bad_data, [&] { read_idx(folder_.path(), 1); }), HasSubstr("cannot be"));
}

TEST_F(IdxTest, RefusesAnotherMagicNumber) {
  EXPECT_THAT(refusal_of(""), HasSubstr("not an IDX file"));
  EXPECT_THAT(refusal_of(whole_.substr(0, 11)), HasSubstr("not an IDX file"));
  EXPECT_THAT(refusal_of(whole_, 3), HasSubstr("3 dimensions"));
  for (size_t at : {0u, 1u, 2u, 3u}) {
    std::string other = whole_;
    other[at] ^= 1;
    EXPECT_THAT(refusal_of(gzip(other)), HasSubstr("not an IDX file"));
  }
}

TEST_F(IdxTest, RefusesAHeaderThatPromisesTooMuchOrNothing) {
  EXPECT_THAT(refusal_of(idx({0xffffffff, 0xffffffff}, "")), HasSubstr("promises more"));
  EXPECT_THAT(refusal_of(idx({0x80000000, 0x80000000, 0x80000000, 0x80000000}, ""), 4), HasSubstr("promises more"));
  EXPECT_THAT(refusal_of(idx({3, 0}, "")), HasSubstr("empty"));
}

TEST_F(IdxTest, RefusesAFileOfAnotherLength) {
  EXPECT_THAT(refusal_of(idx({2, 3}, "abcde")), HasSubstr("5 of 6 bytes"));
  EXPECT_THAT(refusal_of(gzip(idx({2, 3}, "abcde"))), HasSubstr("5 of 6 bytes"));
  EXPECT_THAT(refusal_of(gzip(idx({2, 3}, "abcdefg"))), HasSubstr("longer than its header says"));
}

TEST_F(IdxTest, RefusesAGzippedFileCutOffAnywhere) {
  const std::string zipped = gzip(whole_);
  for (size_t length = 0; length < zipped.size(); ++length)
    EXPECT_THAT(refusal_of(zipped.substr(0, length)), AnyOf(HasSubstr("cut off"), HasSubstr("not an IDX file")));
}

TEST_F(IdxTest, RefusesAWrongChecksum) {
  std::string zipped = gzip(whole_);
  zipped[zipped.size() - 8] ^= 1;  // the CRC's first byte; the length follows
  EXPECT_THAT(refusal_of(zipped), HasSubstr("checksum"));
}

}  // namespace
}  // namespace zenops

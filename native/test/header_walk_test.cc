// The walk over the headers of TFRecord files: it finds what a reader of whole records finds, and asks for headers only.
#include "core/records/header_walk.h"

#include <string>

#include "core/base/bytes.h"
#include "core/records/tfrecord.h"
#include "test/proto.h"
#include "test/test.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::test;
using tfrecord::HeaderWalk;

// A file in memory, and where it was read.
class Headers : public tfrecord::HeaderSource {
 public:
  explicit Headers(std::string file) : file_(std::move(file)) {}

  const uint8_t* At(uint64_t offset, uint64_t stride) override {
    asked.push_back(offset);
    strides.push_back(stride);
    // Of its own, so that whoever reads on is seen.
    header_ = file_.substr(offset, tfrecord::kHeaderSize);
    return header_.size() < tfrecord::kHeaderSize ? nullptr : AsBytes(header_).data();
  }
  uint64_t size() const { return file_.size(); }

  std::vector<uint64_t> asked, strides;

 private:
  std::string file_, header_;
};

const std::string kThree = Framed("a") + Framed("") + Framed(std::string(5000, 'c'));
constexpr uint64_t kSecond = 17, kThird = 33, kEnd = 5049;
constexpr uint64_t kAll = ~uint64_t{0};

TEST(WalkHeadersStepsFromHeaderToHeader) {
  Headers headers(kThree);
  const HeaderWalk walk = WalkHeaders(headers, headers.size(), 0, kAll, 1);
  EXPECT_EQ(walk.records, uint64_t{3});
  EXPECT_EQ(walk.offset, kEnd);
  EXPECT_EQ(walk.fault, Fault::kNone);
  EXPECT_TRUE((walk.places == std::vector<uint64_t>{0, kSecond, kThird}));
  EXPECT_TRUE((headers.asked == std::vector<uint64_t>{0, kSecond, kThird}));
  EXPECT_TRUE((headers.strides == std::vector<uint64_t>{tfrecord::kUnknown, kSecond, kThird - kSecond}));
}

TEST(WalkHeadersGoesOnWhereItStopped) {
  Headers headers(kThree);
  const HeaderWalk first = WalkHeaders(headers, headers.size(), 0, 2, 2);
  EXPECT_EQ(first.records, uint64_t{2});
  EXPECT_EQ(first.offset, kThird);
  EXPECT_TRUE((first.places == std::vector<uint64_t>{0}));
  const HeaderWalk rest = WalkHeaders(headers, headers.size(), first.offset, kAll, 2);
  EXPECT_EQ(rest.records, uint64_t{1});
  EXPECT_TRUE((rest.places == std::vector<uint64_t>{kThird}));
  EXPECT_EQ(WalkHeaders(headers, headers.size(), kEnd, kAll, 1).records, uint64_t{0});
}

TEST(WalkHeadersStopsAtAHeaderThatDoesNotHold) {
  std::string flipped = kThree;
  flipped[kSecond] ^= 1;
  Headers headers(flipped);
  const HeaderWalk walk = WalkHeaders(headers, headers.size(), 0, kAll, 1);
  EXPECT_EQ(walk.fault, Fault::kLengthCrc);
  EXPECT_EQ(walk.offset, kSecond);
  EXPECT_EQ(walk.records, uint64_t{1});
}

TEST(WalkHeadersTellsACutRecordAndACutHeader) {
  Headers cut(kThree.substr(0, kEnd - 1));
  const HeaderWalk record = WalkHeaders(cut, cut.size(), 0, kAll, 1);
  EXPECT_EQ(record.fault, Fault::kTruncatedRecord);
  EXPECT_EQ(record.a, kEnd - 1 - kThird);
  EXPECT_EQ(record.b, kEnd - kThird);
  Headers stub(kThree.substr(0, kSecond + 5));
  const HeaderWalk header = WalkHeaders(stub, stub.size(), 0, kAll, 1);
  EXPECT_EQ(header.fault, Fault::kTruncatedHeader);
  EXPECT_EQ(header.a, uint64_t{5});
  // A file that has become shorter than it was said to be.
  const HeaderWalk shrunk = WalkHeaders(stub, kEnd, 0, kAll, 1);
  EXPECT_EQ(shrunk.fault, Fault::kTruncatedHeader);
  EXPECT_EQ(shrunk.offset, kSecond);
}

}  // namespace

// TensorProto: shapes, the five encodings of float values, and the claims of shapes that are not believed.
#include "core/embedding/tensor.h"

#include <algorithm>
#include <memory>

#include "test/proto.h"
#include "test/test.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::test;
using namespace std::string_literals;
using tensor::Status;
using tensor::TensorView;

enum : uint32_t { kFloat = 1, kDouble = 2, kInt32 = 3, kBfloat16 = 14, kHalf = 19 };
constexpr uint64_t kNegative = ~uint64_t{0};  // -1 as protobuf writes it

Status Parse(const std::string& message, TensorView& view) { return tensor::ParseTensor(AsBytes(message), view); }
Status StatusOf(const std::string& message) {
  TensorView view;
  return Parse(message, view);
}

// The raw values that a tensor without content expands to; "?" when it does not parse.
std::string Expanded(const std::string& message) {
  TensorView view;
  if (Parse(message, view) != Status::kOk || !view.content.empty()) return "?";
  std::string out(view.elements * tensor::ElementSize(view.dtype), '?');
  tensor::ExpandValues(view, reinterpret_cast<uint8_t*>(out.data()));
  return out;
}

TEST(ParseTensorReadsAnEmbedding) {
  const std::string raw = RawFloats({1, 2, 3, 4, 5, 6});
  const std::string message = Tensor(kFloat, {2, 1, 3}, Content(raw));
  TensorView view;
  EXPECT_EQ(Parse(message, view), Status::kOk);
  EXPECT_EQ(view.dtype, kFloat);
  EXPECT_EQ(view.rank, 3);
  EXPECT_TRUE(view.dims[0] == 2 && view.dims[1] == 1 && view.dims[2] == 3);
  EXPECT_EQ(view.elements, 6);
  EXPECT_EQ(AsText(view.content), std::string_view(raw));
}

TEST(ParseTensorTakesFieldsInAnyOrderAndTheLastOfThoseGivenTwice) {
  TensorView view;
  const std::string content = Content("12345678");
  const std::string message = Join({Content("old"), Int(1, 99), content, Shape({2}), Int(1, kFloat)});
  EXPECT_EQ(Parse(message, view), Status::kOk);
  EXPECT_EQ(view.dtype, kFloat);
  EXPECT_EQ(AsText(view.content), std::string_view("12345678"));
  EXPECT_EQ(Parse(Int(1, kFloat) + Shape({2}) + Shape({1}) + content, view), Status::kOk) << "a shape in two pieces is one";
  EXPECT_TRUE(view.rank == 2 && view.dims[0] == 2 && view.dims[1] == 1);
}

TEST(ParseTensorStepsOverUnknownFields) {
  const std::string unknown = Int(99, 1) + Group(98, Len(4, "x")) + Fixed64(97, 0);
  const std::string dim = Len(2, unknown + Int(1, 2) + Len(2, "name of the dimension"));
  TensorView view;
  EXPECT_EQ(Parse(unknown + Int(1, kFloat) + Len(2, unknown + dim + Int(3, 0)) + unknown + Content("12345678"), view), Status::kOk);
  EXPECT_EQ(view.elements, 2);
}

TEST(ParseTensorRefusesShapesThatCannotBe) {
  const uint64_t big = uint64_t{1} << 62;
  EXPECT_EQ(StatusOf(Tensor(kFloat, {kNegative, 4}, "")), Status::kNotTensorProto);
  EXPECT_EQ(StatusOf(Tensor(kFloat, {0, kNegative}, "")), Status::kNotTensorProto) << "nothing times a negative size is no shape either";
  EXPECT_EQ(StatusOf(Tensor(kFloat, {big, 4}, "")), Status::kNotTensorProto);
  EXPECT_EQ(StatusOf(Tensor(kFloat, {4, big}, "")), Status::kNotTensorProto);
  EXPECT_EQ(StatusOf(Tensor(kFloat, {uint64_t{1} << 32, uint64_t{1} << 32}, "")), Status::kNotTensorProto);
  EXPECT_EQ(StatusOf(Tensor(kFloat, {big + 1}, "")), Status::kNotTensorProto);
  EXPECT_EQ(StatusOf(Int(1, kFloat) + Len(2, Int(3, 1))), Status::kNotTensorProto) << "unknown rank";
  EXPECT_EQ(StatusOf(Int(1, kFloat) + Len(2, "\xff")), Status::kNotTensorProto);
  EXPECT_EQ(StatusOf(Int(1, kFloat) + Len(2, Len(2, "\xff"))), Status::kNotTensorProto);
}

TEST(ParseTensorLimitsTheRank) {
  EXPECT_EQ(StatusOf(Tensor(kFloat, std::vector<uint64_t>(254, 1), "")), Status::kOk);
  EXPECT_EQ(StatusOf(Tensor(kFloat, std::vector<uint64_t>(255, 1), "")), Status::kNotTensorProto);
  TensorView view;
  EXPECT_EQ(Parse(Tensor(kFloat, std::vector<uint64_t>(9, 2), std::string(Content(std::string(512 * 4, 'x')))), view), Status::kOk);
  EXPECT_EQ(view.elements, 512);
}

TEST(ParseTensorTakesEmptyTensors) {
  TensorView view;
  EXPECT_EQ(Parse(Tensor(kFloat, {0, 1, 1280}, ""), view), Status::kOk);
  EXPECT_EQ(view.elements, 0);
  EXPECT_EQ(Parse(Tensor(kFloat, {0, uint64_t{1} << 62, uint64_t{1} << 62}, ""), view), Status::kOk) << "nothing times anything";
  EXPECT_EQ(Parse(Int(1, kFloat), view), Status::kOk) << "no shape is a scalar";
  EXPECT_EQ(view.elements, 1);
}

TEST(ParseTensorWantsContentOfTheRightSize) {
  for (const uint32_t dtype : {kFloat, kDouble, kBfloat16, kHalf}) {
    const size_t right = 6 * tensor::ElementSize(dtype);
    for (size_t n = 1; n < 2 * right; ++n) {
      const Status expected = n == right ? Status::kOk : Status::kContentSize;
      EXPECT_EQ(StatusOf(Tensor(dtype, {2, 3}, Content(std::string(n, 'x')))), expected) << "type " << dtype << ", " << n << " bytes";
    }
  }
  EXPECT_EQ(StatusOf(Tensor(kFloat, {uint64_t{1} << 62}, Content("1234"))), Status::kContentSize) << "2^64 bytes wrap to none";
}

TEST(ParseTensorLeavesOtherTypesToItsCaller) {
  TensorView view;
  EXPECT_EQ(Parse(Tensor(kInt32, {2}, Content("x")), view), Status::kOk);
  EXPECT_EQ(view.dtype, kInt32);
  EXPECT_EQ(tensor::ElementSize(kInt32), 0);
}

TEST(ParseTensorDoesNotBelieveInMillionsOfRepeatedValues) {
  const std::string one = Fixed32(5, 0x3f800000);
  EXPECT_EQ(StatusOf(Tensor(kFloat, {tensor::kMaxRepeated}, one)), Status::kOk);
  EXPECT_EQ(StatusOf(Tensor(kFloat, {tensor::kMaxRepeated + 1}, one)), Status::kTooManyElements);
  EXPECT_EQ(StatusOf(Tensor(kFloat, {uint64_t{1} << 62}, "")), Status::kTooManyElements);
  const uint64_t many = tensor::kMaxRepeated + 1;
  EXPECT_EQ(StatusOf(Tensor(kFloat, {many}, Len(5, std::string(many * 4, 'x')))), Status::kOk) << "all of them are there";
}

TEST(ExpandValuesTakesAllFewerMoreOrNoValues) {
  const std::string one = RawFloat(1), two = RawFloat(2), three = RawFloat(3);
  EXPECT_EQ(Expanded(Tensor(kFloat, {3}, Len(5, one + two + three))), one + two + three);
  EXPECT_EQ(Expanded(Tensor(kFloat, {4}, Len(5, one + two))), one + two + two + two) << "the last is repeated";
  EXPECT_EQ(Expanded(Tensor(kFloat, {3}, Len(5, one))), one + one + one);
  EXPECT_EQ(Expanded(Tensor(kFloat, {2}, Len(5, one + two + three))), one + two) << "more than are needed";
  EXPECT_EQ(Expanded(Tensor(kFloat, {3}, "")), std::string(12, '\0')) << "none are zeros";
  EXPECT_EQ(Expanded(Tensor(kFloat, {0}, Len(5, one))), "");
}

TEST(ExpandValuesReadsEveryFieldPackedOrNot) {
  const std::string a = Raw64(0x3ff0000000000000u), b = Raw64(0x4000000000000000u);
  EXPECT_EQ(Expanded(Tensor(kDouble, {2}, Len(6, a + b))), a + b);
  EXPECT_EQ(Expanded(Tensor(kDouble, {2}, Fixed64(6, 0x3ff0000000000000u) + Len(6, b))), a + b);
  EXPECT_EQ(Expanded(Tensor(kFloat, {3}, Fixed32(5, 1) + Len(5, Raw32(2)) + Fixed32(5, 3))), Raw32(1) + Raw32(2) + Raw32(3));
  // half_val holds the 16 bits of a value in an int32, for both half types.
  for (const uint32_t dtype : {kHalf, kBfloat16}) {
    EXPECT_EQ(Expanded(Tensor(dtype, {3}, Len(13, Varint(0x3c00) + Varint(0xfc01)))), "\x00\x3c\x01\xfc\x01\xfc"s) << "type " << dtype;
    EXPECT_EQ(Expanded(Tensor(dtype, {2}, Int(13, 0x3c00) + Int(13, 0x1234))), "\x00\x3c\x34\x12"s) << "type " << dtype;
  }
}

TEST(ExpandValuesIgnoresTheFieldsOfOtherTypes) {
  const std::string others = Fixed64(6, 1) + Int(13, 2) + Int(5, 3) + Fixed64(5, 4);
  EXPECT_EQ(Expanded(Tensor(kFloat, {2}, others)), std::string(8, '\0'));
  EXPECT_EQ(Expanded(Tensor(kHalf, {1}, Fixed32(13, 1) + Fixed32(5, 1))), std::string(2, '\0'));
}

TEST(ParseTensorRefusesBrokenValues) {
  EXPECT_EQ(StatusOf(Tensor(kFloat, {1}, Len(5, "12345"))), Status::kNotTensorProto);
  EXPECT_EQ(StatusOf(Tensor(kDouble, {1}, Len(6, "1234"))), Status::kNotTensorProto);
  EXPECT_EQ(StatusOf(Tensor(kHalf, {1}, Len(13, "\x80"))), Status::kNotTensorProto);
  EXPECT_EQ(StatusOf(Tensor(kHalf, {1}, "\xff")), Status::kNotTensorProto);
}

TEST(ShapeTextSaysTheShape) {
  const uint64_t dims[8] = {12, 1, 1280, 4, 5, 6, 7, 8};
  EXPECT_EQ(tensor::ShapeText(dims, 3), "12x1x1280");
  EXPECT_EQ(tensor::ShapeText(dims, 1), "12");
  EXPECT_EQ(tensor::ShapeText(dims, 0), "scalar");
  EXPECT_EQ(tensor::ShapeText(dims, 9), "12x1x1280x4x5x6x7x8x...");
}

TEST(ParseTensorStaysInsideEveryPrefixAndEveryChangedByte) {
  for (const std::string& message :
       {Tensor(kFloat, {2, 1, 3}, Content(std::string(24, 'x'))), Tensor(kHalf, {2, 2}, Len(13, Varint(300) + Varint(2)) + Int(13, 9)),
        Tensor(kDouble, {3}, Fixed64(6, 1) + Group(20, Len(1, "ab")))}) {
    const auto parse = [](const uint8_t* data, size_t size) {
      TensorView view;
      if (tensor::ParseTensor({data, size}, view) != Status::kOk || !view.content.empty()) return;
      const uint64_t bytes = view.elements * tensor::ElementSize(view.dtype);
      const auto out = std::make_unique<uint8_t[]>(bytes);
      tensor::ExpandValues(view, out.get());
    };
    for (size_t n = 0; n < message.size(); ++n) {
      const auto exact = std::make_unique<uint8_t[]>(n);
      std::copy_n(message.data(), n, exact.get());
      parse(exact.get(), n);
    }
    const auto exact = std::make_unique<uint8_t[]>(message.size());
    std::copy_n(message.data(), message.size(), exact.get());
    for (size_t i = 0; i < message.size(); ++i) {
      for (int change = 0; change < 256; ++change) {
        exact[i] = static_cast<uint8_t>(change);
        parse(exact.get(), message.size());
      }
      exact[i] = static_cast<uint8_t>(message[i]);
    }
  }
}

}  // namespace

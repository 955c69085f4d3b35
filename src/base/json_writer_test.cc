#include "base/json_writer.h"

#include <gtest/gtest.h>

#include <charconv>
#include <limits>

namespace rowcall {
namespace {

TEST(JsonWriterTest, CommasStandBetweenMembersAndElementsOnly) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("a").BeginArray().Int(1).Null().BeginArray().EndArray().EndArray();
  json.Key("b").BeginObject().EndObject().Key("c").Bool(true).Key("d").Raw("[2]").EndObject();
  EXPECT_EQ(out, R"({"a":[1,null,[]],"b":{},"c":true,"d":[2]})");
}

TEST(JsonWriterTest, KeysAndTextsAreEscapedAndUtf8StaysAsItIs) {
  std::string out;
  JsonWriter(out).BeginObject().Key("\"").String("\\\"\n\r\t\b\f\x01\x1f é /").EndObject();
  EXPECT_EQ(out, R"({"\"":"\\\"\n\r\t\b\f\u0001\u001f é /"})");
  std::string with_nul;
  AppendJsonString(with_nul, std::string_view("a\0b", 3));
  EXPECT_EQ(with_nul, R"("a\u0000b")");
}

TEST(JsonWriterTest, NumbersReadBackAsTheSame) {
  std::string out;
  JsonWriter json(out);
  json.BeginArray().Int(std::numeric_limits<std::int64_t>::min()).Double(std::numeric_limits<double>::infinity());
  EXPECT_EQ(out, "[-9223372036854775808,null");
  for (const double number : {0.1, 1e300, -5e-324, 1.0 / 3}) {
    std::string text;
    JsonWriter(text).Double(number);
    double again = 0;
    std::from_chars(text.data(), text.data() + text.size(), again);
    EXPECT_EQ(again, number) << text;
  }
}

}  // namespace
}  // namespace rowcall

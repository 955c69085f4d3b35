#include "wire/saved_mapping.h"

#include <gtest/gtest.h>

namespace rowcall::wire {
namespace {

TEST(MappingOrderTest, ObjectAndMappingAreReadAsTheyAre) {
  const auto order = ParseMappingOrder(R"({"mapping":{"B":"name", "A":null,"only":true},"object":"people"})");
  ASSERT_TRUE(order);
  EXPECT_EQ(order->object, "people");
  EXPECT_EQ(order->mapping_json, R"({"B":"name","A":null,"only":true})");
}

TEST(MappingOrderTest, WhatIsMissingWrongOrUnknownIsAFaultAtItsPlace) {
  const auto pointers = [](std::string_view json) {
    std::vector<std::string> found;
    const auto order = ParseMappingOrder(json);
    if (!order) {
      for (const Fault& fault : order.error()) found.push_back(fault.pointer);
    }
    return found;
  };
  using Pointers = std::vector<std::string>;
  EXPECT_EQ(pointers("{}"), (Pointers{"/object", "/mapping"}));
  EXPECT_EQ(pointers(R"({"object":1,"mapping":"x"})"), (Pointers{"/object", "/mapping"}));
  EXPECT_EQ(pointers(R"({"object":"a","mapping":null})"), Pointers{"/mapping"});
  EXPECT_EQ(pointers(R"({"object":"a","mapping":{},"name":"b"})"), Pointers{"/name"});
  EXPECT_EQ(pointers("[]"), Pointers{""});
}

TEST(SavedMappingTest, ItsJsonIsLeftOutWhereItIsNotKnown) {
  model::SavedMapping mapping{"people", "person", R"({"A":"name"})", {}, WallTime(std::chrono::hours(1))};
  const auto written = [&] {
    std::string out;
    JsonWriter json(out);
    WriteSavedMapping(json, mapping);
    return out;
  };
  EXPECT_EQ(written(), R"({"name":"people","object":"person","createdDate":"1970-01-01T00:00:00.000Z",)"
                       R"("updatedDate":"1970-01-01T01:00:00.000Z","mapping":{"A":"name"}})");
  mapping.mapping_json.clear();
  EXPECT_EQ(written(), R"({"name":"people","object":"person","createdDate":"1970-01-01T00:00:00.000Z",)"
                       R"("updatedDate":"1970-01-01T01:00:00.000Z"})");
}

}  // namespace
}  // namespace rowcall::wire

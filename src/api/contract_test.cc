#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include <algorithm>
#include <set>

#include "api/openapi.h"
#include "api/server.h"
#include "base/text.h"

namespace rowcall::api {
namespace {

boost::json::object Contract() { return boost::json::parse(OpenApiJson()).as_object(); }

std::string AuthOf(const boost::json::object& operation) {
  const boost::json::value* security = operation.if_contains("security");
  if (security == nullptr) return "element";  // what the document says for all that say nothing
  if (security->as_array().empty()) return "nobody";
  return security->at(0).as_object().begin()->key();
}

std::string Name(Auth auth) {
  return auth == Auth::nobody ? "nobody" : auth == Auth::platform ? "platform" : "element";
}

using Lines = std::set<std::string>;

Lines Served() {
  Lines lines;
  for (const RouteInfo& route : Api::Routes()) {
    lines.insert(AsciiLower(route.method) + " " + route.pattern + " " + Name(route.auth));
  }
  return lines;
}

const std::set<std::string> kMethods = {"get", "put", "post", "delete", "options", "head", "patch", "trace"};

Lines Documented() {
  Lines lines;
  for (const auto& path : Contract().at("paths").as_object()) {
    for (const auto& operation : path.value().as_object()) {
      if (!kMethods.contains(operation.key())) continue;
      lines.insert(std::string(operation.key()) + " " + std::string(path.key()) + " " +
                   AuthOf(operation.value().as_object()));
    }
  }
  return lines;
}

TEST(ContractTest, WhatIsServedIsDocumentedAndWhatIsDocumentedIsServed) { EXPECT_EQ(Served(), Documented()); }

/// What a reference of the document leads to; `value` itself if it is none.
const boost::json::object& Resolved(const boost::json::value& root, const boost::json::value& value) {
  const boost::json::value* reference = value.as_object().if_contains("$ref");
  if (reference == nullptr) return value.as_object();
  const boost::json::value* at = &root;
  for (const std::string_view part : Split(std::string_view(reference->as_string()).substr(2), '/')) {
    at = &at->as_object().at(part);
  }
  return at->as_object();
}

bool HasExample(const boost::json::object& answer) {
  const boost::json::value* content = answer.if_contains("content");
  if (content == nullptr || content->as_object().empty()) return false;
  const boost::json::object& media = content->as_object().begin()->value().as_object();
  return media.contains("example") || media.contains("examples");
}

TEST(ContractTest, EveryOperationHasIdSummaryAndAnExampleOfItsGoodAnswer) {
  const boost::json::value root = Contract();
  std::set<std::string> ids;
  for (const auto& path : Contract().at("paths").as_object()) {
    for (const auto& method : path.value().as_object()) {
      if (!kMethods.contains(method.key())) continue;
      const boost::json::object& operation = method.value().as_object();
      EXPECT_TRUE(operation.contains("summary")) << path.key();
      EXPECT_TRUE(ids.insert(std::string(operation.at("operationId").as_string())).second) << path.key();
      ASSERT_TRUE(operation.at("responses").as_object().contains("200")) << path.key();
      EXPECT_TRUE(HasExample(Resolved(root, operation.at("responses").at("200")))) << method.key() << " " << path.key();
    }
  }
}

/// Every reference of the document, and whether it leads anywhere.
void CheckReferences(const boost::json::value& value, const boost::json::value& root) {
  if (const auto* array = value.if_array()) {
    for (const boost::json::value& element : *array) CheckReferences(element, root);
  }
  const auto* object = value.if_object();
  if (object == nullptr) return;
  for (const auto& member : *object) CheckReferences(member.value(), root);
  const boost::json::value* reference = object->if_contains("$ref");
  if (reference == nullptr) return;
  const std::string target(reference->as_string());
  ASSERT_TRUE(target.starts_with("#/")) << target;
  const boost::json::value* at = &root;
  for (const std::string_view part : Split(std::string_view(target).substr(2), '/')) {
    at = at->as_object().if_contains(part);
    ASSERT_NE(at, nullptr) << target;
  }
}

TEST(ContractTest, EveryReferenceLeadsSomewhere) {
  const boost::json::value contract = Contract();
  CheckReferences(contract, contract);
}

TEST(YamlToJsonTest, PlainScalarsGetTheirTypesAndQuotedOnesAreTexts) {
  EXPECT_EQ(*YamlToJson("a: 1\nb: \"1\"\nc: true\nd: 'true'\ne: null\nf: 1.5\ng: 007\nh: -3\ni: 1e5\nj: .5\nk: x\n"),
            R"({"a":1,"b":"1","c":true,"d":"true","e":null,"f":1.5,"g":"007","h":-3,"i":"1e5","j":".5","k":"x"})");
}

TEST(YamlToJsonTest, ListsMapsAndBlocksKeepTheirShape) {
  EXPECT_EQ(*YamlToJson("list: [1, {a: b}, []]\nempty: {}\nblock: |\n  one\n  two\n"),
            R"({"list":[1,{"a":"b"},[]],"empty":{},"block":"one\ntwo\n"})");
}

TEST(YamlToJsonTest, AMistakeIsNamedByItsLine) {
  const auto json = YamlToJson("a: 1\nb: [\n");
  ASSERT_FALSE(json);
  EXPECT_TRUE(json.error().message.starts_with("line ")) << json.error().message;
}

}  // namespace
}  // namespace rowcall::api

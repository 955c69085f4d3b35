#include "connector/request.h"

#include <gtest/gtest.h>

#include "connector/test_connector.h"

namespace rowcall::connector {
namespace {

TEST(RecordBodyTest, DottedPathsNestAndGroupsStandTogether) {
  const model::Record record{{"mail", "a\"b"}, {"own.x", std::int64_t{1}}, {"name", "A"}, {"own.deep.y", true},
                             {"own.z", 1.5},   {"own.deep.w", "é"}};
  EXPECT_EQ(RecordBody(record), R"({"mail":"a\"b","own":{"x":1,"deep":{"y":true,"w":"é"},"z":1.5},"name":"A"})");
  EXPECT_EQ(RecordBody(record, {"mail", "own.x", "own.deep.y", "own.deep.w", "own.z"}), R"({"name":"A"})");
  EXPECT_EQ(RecordBody({}), "{}");
}

TEST(RecordBodyTest, AGroupIsNotTakenForAnotherWithTheSameBeginning) {
  EXPECT_EQ(RecordBody({{"own.a", "1"}, {"owner", "2"}, {"own2.a", "3"}}),
            R"({"own":{"a":"1"},"owner":"2","own2":{"a":"3"}})");
}

ValueOf Values(std::map<std::string, std::string, std::less<>> values) {
  return [values](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

TEST(FillTest, ValuesAreEscapedForTheirPlace) {
  const CallTemplate call{"POST", "/people/{person.id}/clubs?x={mail}", R"({"q":{"v":"{mail}"},"n":[{}]})", "id", ""};
  const auto filled = Fill(call, Values({{"person.id", "a/b"}, {"mail", "a\"b@c d"}}));
  ASSERT_TRUE(filled);
  EXPECT_EQ(filled->method, "POST");
  EXPECT_EQ(filled->target, "/people/a%2Fb/clubs?x=a%22b%40c%20d");
  EXPECT_EQ(filled->body, R"({"q":{"v":"a\"b@c d"},"n":[{}]})");
}

TEST(FillTest, AMissingOrBlankValueIsNamed) {
  const CallTemplate call{"GET", "/people/{id}", "", "id", ""};
  for (const auto& values : {Values({}), Values({{"id", ""}})}) {
    const auto filled = Fill(call, values);
    ASSERT_FALSE(filled);
    EXPECT_EQ(filled.error().kind, ErrorKind::invalid);
    EXPECT_EQ(filled.error().message, "there is no value for {id} in /people/{id}");
  }
}

TEST(FillTest, AValueCannotClimbInTheAddress) {
  const CallTemplate call{"GET", "/people/{id}", "", "id", ""};
  EXPECT_FALSE(Fill(call, Values({{"id", ".."}})));
  EXPECT_EQ(Fill(call, Values({{"id", "../me"}}))->target, "/people/..%2Fme");
  const CallTemplate find{"GET", "/people?name={name}", "", "id", ""};
  EXPECT_EQ(Fill(find, Values({{"name", ".."}}))->target, "/people?name=..");
}

TEST(KeysOfTest, EveryKeyOfTheRecordIsFoldedAsTheServiceCompares) {
  const auto connector = TestConnector();
  const ObjectSpec& person = *connector->Find("person");
  EXPECT_EQ(KeysOf(person, {{"mail", "Ann@X.org"}, {"number", "Ab"}, {"name", "Ann"}}),
            (std::vector<KeyValue>{{"number", "Ab"}, {"mail", "ann@x.org"}}));
  EXPECT_TRUE(KeysOf(person, {}).empty());
}

TEST(ClassOfTest, ARecordIsHeldByTheStrongestOfItsKeysOrByNone) {
  const auto connector = Load(LooseBundle()).value();
  const ObjectSpec& person = *connector->Find("person");
  const auto class_of = [&](const model::Record& record) { return Name(ClassOf(person, record)); };
  EXPECT_EQ(class_of({{"mail", std::string("a@b.c")}, {"number", std::string("7")}}), "k2_strict_create");
  EXPECT_EQ(class_of({{"mail", std::string("a@b.c")}, {"kind", std::string("member")}}), "k2_once_shown");
  const model::Record guest{{"mail", std::string("a@b.c")}, {"kind", std::string("guest")}};
  EXPECT_EQ(class_of(guest), "k4_lagging_index");
  EXPECT_EQ(SearchFor(person, guest)->by, "mail");
  EXPECT_EQ(StrongestKey(person, guest), nullptr);
  EXPECT_EQ(class_of({{"name", std::string("Ann")}}), "k5_nothing");
  EXPECT_TRUE(IsKeyless(person, R"({"kind":"guest"})"));
  EXPECT_FALSE(IsKeyless(person, R"({"kind":"member"})"));
  EXPECT_EQ(Name(ClassOf(*connector->Find("club"), {{"code", std::string("c")}})), "k1_upsert");
}

TEST(MadeKeyTest, SpacesAreCollapsedAndAsciiLowered) {
  EXPECT_EQ(MadeKey("  Acme \t  Data É "), "acme data É");
  EXPECT_EQ(MadeKey(""), "");
  EXPECT_EQ(MadeKey(std::string(255, 'A')), std::string(255, 'a'));
  EXPECT_EQ(MadeKey(std::string(256, 'A')), MadeKey(std::string(256, 'a')));
  EXPECT_EQ(MadeKey(std::string(256, 'A')).size(), 64u);
}

TEST(WrittenDigestTest, OrderDoesNotCountAndValuesDo) {
  const model::Record a{{"x", "1"}, {"y", "2"}};
  EXPECT_EQ(WrittenDigest(a), WrittenDigest({{"y", "2"}, {"x", "1"}}));
  EXPECT_NE(WrittenDigest(a), WrittenDigest({{"x", "2"}, {"y", "1"}}));
  EXPECT_NE(WrittenDigest(a), WrittenDigest({{"x", "1"}}));
  EXPECT_NE(WrittenDigest({{"xy", "1"}}), WrittenDigest({{"x", "y1"}}));
  EXPECT_EQ(WrittenDigest({}), 0u);
}

TEST(WrittenDigestTest, ItNeverChangesBecauseItIsKept) {
  EXPECT_EQ(WrittenDigest({{"mail", "a@b.c"}}), 12162685565776009570u);
}

}  // namespace
}  // namespace rowcall::connector

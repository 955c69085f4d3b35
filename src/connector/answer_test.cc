#include "connector/answer.h"

#include <gtest/gtest.h>

#include "connector/test_connector.h"

namespace rowcall::connector {
namespace {

using Pieces = std::vector<std::string_view>;
using Names = std::vector<std::string>;

const CallTemplate kFind{"GET", "/people", "", "id", "data"};
const CallTemplate kRead{"GET", "/people/{id}", "", "id", ""};

TEST(RecordsInTest, AListGivesEachRecordAsItStands) {
  const std::string body = R"({"type":"list","data":[{"id":"1","a":{"b":[1, 2]}} , {"id":2}],"pages":{"next":null}})";
  const auto records = RecordsIn(kFind, body);
  ASSERT_TRUE(records);
  EXPECT_EQ(*records, (Pieces{R"({"id":"1","a":{"b":[1, 2]}})", R"({"id":2})"}));
  EXPECT_GE((*records)[0].data(), body.data());
  EXPECT_LT((*records)[0].data(), body.data() + body.size());
}

TEST(RecordsInTest, AnEmptyListIsNone) { EXPECT_TRUE(RecordsIn(kFind, R"({"data":[]})").value().empty()); }

TEST(RecordsInTest, OneRecordMayStandInPlaceOfAList) {
  EXPECT_EQ(RecordsIn(kFind, R"({"id":"1","name":"x"})").value(), (Pieces{R"({"id":"1","name":"x"})"}));
  EXPECT_EQ(RecordsIn(kRead, R"( {"id":"1","data":[]} )").value(), (Pieces{R"({"id":"1","data":[]})"}));
}

TEST(RecordsInTest, AnythingElseIsUnavailable) {
  for (const std::string body : {"", "nonsense", "[]", "{}", R"({"data":5})", R"({"data":[5]})",
                                 R"({"data":[{"x":1}]})", R"({"data":[{"id":"1"})", R"({"data":[{"id":"1"},)"}) {
    const auto records = RecordsIn(kFind, body);
    ASSERT_FALSE(records) << body;
    EXPECT_EQ(records.error().kind, ErrorKind::unavailable);
  }
  EXPECT_FALSE(RecordsIn(kRead, R"({"data":[{"id":"1"}]})"));
}

constexpr std::string_view kRecord =
    R"({"id":"1","mail":"Ann@Example.org","number":null,"name":"Ann","age":41,"score":1.5,"whole":3.0,"big":155.98,)"
    R"("ok":true,"own":{"shoe size":"9","A&B":"x"},"escap\u0065d":"\u00e9","created_at":1700000000})";

TEST(TextAtTest, ScalarsAreTextAndTheRestIsNothing) {
  EXPECT_EQ(TextAt(kRecord, "name"), "Ann");
  EXPECT_EQ(TextAt(kRecord, "age"), "41");
  EXPECT_EQ(TextAt(kRecord, "ok"), "true");
  EXPECT_EQ(TextAt(kRecord, "own.shoe size"), "9");
  EXPECT_EQ(TextAt(kRecord, "escaped"), "é");
  EXPECT_EQ(TextAt(kRecord, "number"), std::nullopt);
  EXPECT_EQ(TextAt(kRecord, "own"), std::nullopt);
  EXPECT_EQ(TextAt(kRecord, "absent.deep"), std::nullopt);
  EXPECT_EQ(TextAt("{", "name"), std::nullopt);
}

TEST(IntAtTest, WholeNumbersAndCutFloats) {
  EXPECT_EQ(IntAt(kRecord, "created_at"), 1700000000);
  EXPECT_EQ(IntAt(kRecord, "big"), 155);
  EXPECT_EQ(IntAt(kRecord, "name"), std::nullopt);
  EXPECT_EQ(IntAt(R"({"a":1e300})", "a"), std::nullopt);
}

TEST(HoldsAllTest, EveryFieldMustReadBackEqual) {
  const auto connector = TestConnector();
  const ObjectSpec& person = *connector->Find("person");
  EXPECT_TRUE(HoldsAll(person, kRecord, {}));
  EXPECT_TRUE(HoldsAll(person, kRecord,
                       {{"mail", "ann@example.org"},
                        {"name", "Ann"},
                        {"age", std::int64_t{41}},
                        {"score", 1.5},
                        {"whole", std::int64_t{3}},
                        {"ok", true},
                        {"own.shoe size", "9"},
                        {"own.A&B", "x"}}));
  EXPECT_FALSE(HoldsAll(person, kRecord, {{"name", "ann"}}));
  EXPECT_FALSE(HoldsAll(person, kRecord, {{"age", std::int64_t{42}}}));
  EXPECT_FALSE(HoldsAll(person, kRecord, {{"number", "1"}}));
  EXPECT_FALSE(HoldsAll(person, "nonsense", {{"name", "Ann"}}));
}

TEST(HoldsAllTest, ANumberMayReadBackAsText) {
  const auto connector = TestConnector();
  EXPECT_TRUE(HoldsAll(*connector->Find("person"), R"({"a":"5","b":5})", {{"a", std::int64_t{5}}, {"b", "5"}}));
}

ObjectSpec PersonThatShows(std::string path, std::string shown_at) {
  ObjectSpec person = *TestConnector()->Find("person");
  model::Field& field = person.schema.fields.emplace_back();
  field.path = std::move(path);
  field.shown_at = std::move(shown_at);
  return person;
}

TEST(HoldsAllTest, AFieldIsComparedWhereTheServiceShowsIt) {
  const ObjectSpec person = PersonThatShows("picture", "picture.link");
  const std::string_view shown = R"({"name":"Ann","picture":{"link":"https://a.example/1.png"}})";
  const model::Record ours{{"name", "Ann"}, {"picture", "https://a.example/1.png"}};
  EXPECT_TRUE(HoldsAll(person, shown, ours));
  EXPECT_TRUE(ShowsAll(person, ours));
  EXPECT_FALSE(HoldsAll(person, shown, {{"picture", "https://a.example/2.png"}}));
}

TEST(HoldsAllTest, AFieldThatIsNotShownProvesNothingEitherWay) {
  const ObjectSpec person = PersonThatShows("checked", "");
  const model::Record ours{{"name", "Ann"}, {"checked", true}};
  EXPECT_TRUE(HoldsAll(person, R"({"name":"Ann"})", ours));
  EXPECT_FALSE(ShowsAll(person, ours));
}

TEST(ConflictingKeysTest, OnlyKeysThatHoldAnotherValueConflict) {
  const auto connector = TestConnector();
  const ObjectSpec& person = *connector->Find("person");
  EXPECT_EQ(ConflictingKeys(person, kRecord, {{"mail", "ANN@example.org"}, {"number", "7"}, {"name", "Bob"}}), Names{});
  EXPECT_EQ(ConflictingKeys(person, kRecord, {{"mail", "bob@example.org"}}), Names{"mail"});
  EXPECT_EQ(ConflictingKeys(person, R"({"mail":"","number":"a"})", {{"mail", "b@c.d"}, {"number", "A"}}),
            Names{"number"});
}

TEST(WithDiscoveredTest, OwnFieldsAreAddedWithTypesAndLimits) {
  const auto connector = TestConnector();
  const auto schema = WithDiscovered(*connector->Find("person"), R"({"data":[
    {"name":"title","label":"Job title","kind":"string","writable":true,"archived":false,"custom":true},
    {"name":"age","kind":"int","custom":true,"writable":false},
    {"name":"tier","kind":"pick","custom":true,"options":["gold",{"value":"silver"}]},
    {"name":"odd","kind":"new kind","custom":true},
    {"name":"old","kind":"string","custom":true,"archived":true},
    {"name":"mail","kind":"string","custom":false}]})");
  ASSERT_TRUE(schema);
  const model::Field* title = schema->Find("own.title");
  ASSERT_NE(title, nullptr);
  EXPECT_EQ(title->aliases, (Names{"title", "Job title"}));
  EXPECT_EQ(title->max_length, 255u);
  EXPECT_TRUE(title->custom);
  EXPECT_FALSE(title->read_only);
  EXPECT_TRUE(schema->Find("own.age")->read_only);
  EXPECT_EQ(schema->Find("own.age")->type, model::FieldType::integer);
  EXPECT_EQ(schema->Find("own.tier")->choices, (Names{"gold", "silver"}));
  EXPECT_EQ(schema->Find("own.odd")->type, model::FieldType::text);
  EXPECT_EQ(schema->Find("own.old"), nullptr);
  EXPECT_EQ(schema->Find("own.mail"), nullptr);
}

TEST(WithDiscoveredTest, AnAnswerOfAnotherShapeIsUnavailable) {
  const auto connector = TestConnector();
  for (const std::string answer : {"", "{}", R"({"data":{}})", R"({"data":[{}]})"}) {
    const auto schema = WithDiscovered(*connector->Find("person"), answer);
    ASSERT_FALSE(schema) << answer;
    EXPECT_EQ(schema.error().kind, ErrorKind::unavailable);
  }
  EXPECT_TRUE(WithDiscovered(*connector->Find("club"), "ignored"));
}

}  // namespace
}  // namespace rowcall::connector

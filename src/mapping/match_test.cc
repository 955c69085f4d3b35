#include <gtest/gtest.h>

#include "mapping/mapper.h"
#include "mapping/test_schema.h"

namespace rowcall::mapping {
namespace {

using Names = std::vector<std::string>;

TEST(FoldHeaderTest, CaseAndSeparatorsAreTakenOff) {
  const std::vector<std::pair<std::string, std::string>> cases = {{"EmailAddress", "email address"},
                                                                  {"first_name", "first name"},
                                                                  {"First-Name", "first name"},
                                                                  {" first.name ", "first name"},
                                                                  {"First / Name", "first name"},
                                                                  {"firstName", "first name"},
                                                                  {"FIRSTNAME", "firstname"},
                                                                  {"E-mail", "e mail"},
                                                                  {"URLName", "url name"},
                                                                  {"userID", "user id"},
                                                                  {"Phone 2", "phone 2"},
                                                                  {"address2Line", "address2 line"},
                                                                  {"2024", "2024"},
                                                                  {"c_", "c"},
                                                                  {"", ""},
                                                                  {"__", ""},
                                                                  {"Straße", "straße"}};
  for (const auto& [header, folded] : cases) EXPECT_EQ(FoldHeader(header), folded) << header;
}

TEST(FoldHeaderTest, APrefixAndANumberAtTheEndCanBeTakenOff) {
  EXPECT_EQ(WithoutPrefix("C_BusPhone"), "BusPhone");
  EXPECT_EQ(WithoutPrefix("a_phone"), "a_phone");
  EXPECT_EQ(WithoutPrefix("C_"), "C_");
  EXPECT_EQ(WithoutNumber("Website1"), "Website");
  EXPECT_EQ(WithoutNumber("Phone 12"), "Phone");
  EXPECT_EQ(WithoutNumber("2024"), "2024");
}

const model::FieldRule* RuleOf(const model::Mapping& mapping, std::string_view path) {
  for (const model::FieldRule& rule : mapping.rules) {
    if (rule.path == path) return &rule;
  }
  return nullptr;
}

Names ColumnsOf(const model::Mapping& mapping, std::string_view path) {
  const model::FieldRule* rule = RuleOf(mapping, path);
  return rule == nullptr ? Names{} : rule->columns;
}

TEST(MatchByAliasTest, EveryHeaderOfTheSampleFindsItsPlace) {
  const model::Mapping mapping =
      MatchByAlias({"C_EmailAddress", "C_FirstName", "C_LastName", "C_Title", "C_BusPhone", "C_Company", "C_Website1"},
                   TestSchema());
  EXPECT_EQ(mapping.columns_not_loaded, Names{});
  EXPECT_EQ(ColumnsOf(mapping, "mail"), Names{"C_EmailAddress"});
  EXPECT_EQ(ColumnsOf(mapping, "name"), (Names{"C_FirstName", "C_LastName"}));
  EXPECT_EQ(ColumnsOf(mapping, "own.title"), Names{"C_Title"});
  EXPECT_EQ(ColumnsOf(mapping, "phone"), Names{"C_BusPhone"});
  EXPECT_EQ(ColumnsOf(mapping, "club.name"), Names{"C_Company"});
  EXPECT_EQ(ColumnsOf(mapping, "club.website"), Names{"C_Website1"});
}

TEST(MatchByAliasTest, OfTwoColumnsTheFirstWinsAndTheOtherIsReported) {
  const model::Mapping mapping = MatchByAlias({"E-mail", "EMAIL ADDRESS", "Email"}, TestSchema());
  EXPECT_EQ(ColumnsOf(mapping, "mail"), Names{"E-mail"});
  EXPECT_EQ(mapping.columns_not_loaded, (Names{"EMAIL ADDRESS", "Email"}));
}

TEST(MatchByAliasTest, TheNameAsItStandsWinsOverOneThatIsTakenApart) {
  const model::Mapping mapping = MatchByAlias({"Website1", "Phone 2", "Website", "Phone"}, TestSchema());
  EXPECT_EQ(ColumnsOf(mapping, "club.website"), Names{"Website"});
  EXPECT_EQ(ColumnsOf(mapping, "phone"), Names{"Phone"});
  EXPECT_EQ(mapping.columns_not_loaded, (Names{"Website1", "Phone 2"}));
}

TEST(MatchByAliasTest, InAFieldOfTheWorkspacesOwnTheNumberIsPartOfTheName) {
  model::ObjectSchema schema = TestSchema();
  for (const std::string name : {"points_2023", "rank"}) {
    model::Field& field = schema.fields.emplace_back();
    field.path = "own." + name;
    field.custom = true;
    field.aliases = {name};
  }
  const model::Mapping mapping = MatchByAlias({"points_2024", "points_2023", "rank2", "a_phone"}, schema);
  EXPECT_EQ(ColumnsOf(mapping, "own.points_2023"), Names{"points_2023"});
  EXPECT_EQ(ColumnsOf(mapping, "own.rank"), Names{});
  EXPECT_EQ(mapping.columns_not_loaded, (Names{"points_2024", "rank2", "a_phone"}));
}

TEST(MatchByAliasTest, AColumnOfItsOwnBeatsJoinedOnes) {
  const model::Mapping mapping = MatchByAlias({"First Name", "Last Name", "Name"}, TestSchema());
  EXPECT_EQ(ColumnsOf(mapping, "name"), Names{"Name"});
  EXPECT_EQ(mapping.columns_not_loaded, (Names{"First Name", "Last Name"}));
}

TEST(MatchByAliasTest, JoinedColumnsStandInTheOrderOfTheField) {
  EXPECT_EQ(ColumnsOf(MatchByAlias({"Last Name", "Given Name"}, TestSchema()), "name"),
            (Names{"Given Name", "Last Name"}));
  EXPECT_EQ(ColumnsOf(MatchByAlias({"Last Name"}, TestSchema()), "name"), Names{"Last Name"});
}

TEST(MatchByAliasTest, NothingIsGuessedAndWhatIsLeftIsReported) {
  const model::Mapping mapping = MatchByAlias({"Emial", "Seen", "", "Age?", "mail"}, TestSchema());
  EXPECT_TRUE(mapping.rules.empty());
  EXPECT_EQ(mapping.columns_not_loaded, (Names{"Emial", "Seen", "column 3", "Age?", "mail"}));
}

TEST(MatchAsAskedTest, AColumnGoesWhereItIsSent) {
  const auto mapping = MatchAsAsked(R"({"Work":"own.title","Mail":"mail","Nick":"name","Last":"name","Junk":null})",
                                    {"Mail", "Work", "Last", "Nick", "Junk", "Age", "Odd"}, TestSchema());
  ASSERT_TRUE(mapping);
  EXPECT_EQ(ColumnsOf(*mapping, "own.title"), Names{"Work"});
  EXPECT_EQ(ColumnsOf(*mapping, "name"), (Names{"Nick", "Last"}));
  EXPECT_EQ(ColumnsOf(*mapping, "own.age"), Names{"Age"});
  EXPECT_EQ(mapping->columns_not_loaded, Names{"Odd"});
}

TEST(MatchAsAskedTest, AFieldCanNameItsColumnsAndDefault) {
  const auto mapping = MatchAsAsked(
      R"({"name":{"columns":["B","A"]},"own.title":{"default":"x"},"mail":{"columns":"A"}})", {"A", "B"}, TestSchema());
  ASSERT_TRUE(mapping);
  EXPECT_EQ(ColumnsOf(*mapping, "name"), (Names{"B", "A"}));
  EXPECT_EQ(RuleOf(*mapping, "own.title")->fallback, "x");
  EXPECT_EQ(ColumnsOf(*mapping, "mail"), Names{"A"});
}

TEST(MatchAsAskedTest, AnAskedFieldIsNotMatchedAgainByAlias) {
  const auto mapping = MatchAsAsked(R"({"Other":"mail"})", {"Email", "Other"}, TestSchema());
  ASSERT_TRUE(mapping);
  EXPECT_EQ(ColumnsOf(*mapping, "mail"), Names{"Other"});
  EXPECT_EQ(mapping->columns_not_loaded, Names{"Email"});
}

TEST(MatchAsAskedTest, OnlyTurnsAliasesOff) {
  const auto mapping = MatchAsAsked(R"({"only":true,"Other":"number"})", {"Email", "Other"}, TestSchema());
  ASSERT_TRUE(mapping);
  EXPECT_EQ(mapping->rules.size(), 1u);
  EXPECT_EQ(mapping->columns_not_loaded, Names{"Email"});
}

TEST(MatchAsAskedTest, MistakesAreNamedWithTheClosest) {
  struct Mistake {
    std::string json, message, hint;
  };
  const std::vector<Mistake> mistakes = {
      {R"({"Emial":"mail"})", "mapping: the file has no column 'Emial'", "Did you mean 'Email'?"},
      {R"({"Email":"own.titel"})", "mapping: person has no field 'own.titel'", "Did you mean 'own.title'?"},
      {R"({"Email":"seen"})", "mapping: field 'seen' is read-only", "Leave it out of the mapping."},
      {R"({"Email":5})", "mapping: 'Email' must be a field's path, null, or an object", ""},
      {R"({"mail":{"colums":[]}})", "mapping: 'mail' has an unknown key 'colums'", "Did you mean 'columns'?"},
      {R"({"mail":{"columns":5}})", "mapping: 'columns' of 'mail' must be a list of column names", ""},
      {R"({"mail":{"columns":[5]}})", "mapping: a column of 'mail' is not a text", ""},
      {R"({"mail":{"default":5}})", "mapping: 'default' of 'mail' must be a text", ""},
      {R"({"mail":{}})", "mapping: 'mail' needs 'columns' or 'default'", ""},
      {"[]", "mapping: not a JSON object", "Write {\"Column\": \"field\"}."},
      {"{", "mapping: not a JSON object: incomplete JSON", "Write {\"Column\": \"field\"}."},
  };
  for (const Mistake& mistake : mistakes) {
    const auto mapping = MatchAsAsked(mistake.json, {"Email"}, TestSchema());
    ASSERT_FALSE(mapping) << mistake.json;
    EXPECT_EQ(mapping.error().kind, ErrorKind::invalid);
    EXPECT_EQ(mapping.error().message, mistake.message);
    EXPECT_EQ(mapping.error().hint, mistake.hint);
  }
}

TEST(CheckAskedTest, AnyColumnIsTakenAndMistakesAreRefusedInTheWordsOfAnUpload) {
  EXPECT_TRUE(CheckAsked(R"({"only":true,"Any":"mail","Other":null,"name":{"columns":["A","B"],"default":"x"}})",
                         TestSchema()));
  for (const std::string mistake :
       {R"({"Email":"own.titel"})", R"({"Email":"seen"})", R"({"Email":5})", R"({"mail":{}})", "[]"}) {
    const auto checked = CheckAsked(mistake, TestSchema());
    const auto matched = MatchAsAsked(mistake, {"Email"}, TestSchema());
    ASSERT_FALSE(checked) << mistake;
    EXPECT_EQ(checked.error().kind, ErrorKind::invalid);
    EXPECT_EQ(checked.error().message, matched.error().message);
    EXPECT_EQ(checked.error().hint, matched.error().hint);
  }
}

TEST(MappingJsonTest, AMappingSurvivesTheTrip) {
  model::Mapping mapping =
      MatchAsAsked(R"({"name":{"columns":["A\"","B"],"default":"é"}})", {"A\"", "B", "C"}, TestSchema()).value();
  mapping.region = "US";
  EXPECT_EQ(MappingFromJson(ToJson(mapping)).value(), mapping);
}

TEST(MappingJsonTest, ADamagedOneIsCorrupt) {
  for (const std::string text : {"", "{}", "[]", R"({"rules":[{}],"region":"","columnsNotLoaded":[]})"}) {
    const auto mapping = MappingFromJson(text);
    ASSERT_FALSE(mapping) << text;
    EXPECT_EQ(mapping.error().kind, ErrorKind::corrupt);
  }
}

TEST(CheckFitsTest, WhatIsGoneIsNamed) {
  const Names header = {"Email", "Title"};
  const model::Mapping mapping = MatchByAlias(header, TestSchema());
  EXPECT_TRUE(CheckFits(mapping, TestSchema(), header));
  EXPECT_FALSE(CheckFits(mapping, TestSchema(), {"Email"}));
  model::ObjectSchema changed = TestSchema();
  std::erase_if(changed.fields, [](const model::Field& field) { return field.path == "own.title"; });
  const auto fits = CheckFits(mapping, changed, header);
  ASSERT_FALSE(fits);
  EXPECT_EQ(fits.error().message, "mapping: person has no field 'own.title' that can be written");
}

}  // namespace
}  // namespace rowcall::mapping

#include "mapping/mapper.h"

#include <gtest/gtest.h>

#include "mapping/test_schema.h"

namespace rowcall::mapping {
namespace {

using Names = std::vector<std::string>;

/// Maps one row of a file with this header.
model::MappedRow MapRow(const Names& header, const Names& cells, const std::string& region = "") {
  const model::ObjectSchema schema = TestSchema();
  model::Mapping mapping = MatchByAlias(header, schema);
  mapping.region = region;
  model::Row row{7, 123, model::Cells(cells.size()), {}};
  for (std::size_t i = 0; i < cells.size(); ++i) row.cells.Set(i, cells[i]);
  return Mapper(schema, mapping, header).Map(row, model::Personal::shown);
}

/// One cell for one field beside an e-mail address.
model::MappedRow MapCell(const std::string& column, const std::string& cell, const std::string& region = "") {
  return MapRow({"Email", column}, {"a@b.c", cell}, region);
}

Names Codes(const model::MappedRow& mapped) {
  Names codes;
  for (const model::Reason& reason : mapped.reasons) codes.push_back((reason.warning ? "warning " : "") + reason.code);
  return codes;
}

TEST(MapperTest, ARowBecomesARecordAndItsRelated) {
  const model::MappedRow mapped =
      MapRow({"C_EmailAddress", "C_FirstName", "C_LastName", "C_Title", "C_BusPhone", "C_Company", "C_Website1"},
             {" norm@acme.com ", "Norm", "Smith", "Boss", "+1 (202) 333-1234", "Acme", "http://www.acme.com"});
  EXPECT_TRUE(mapped.reasons.empty());
  EXPECT_EQ(mapped.number, 7);
  EXPECT_EQ(mapped.byte_offset, 123);
  EXPECT_EQ(mapped.record,
            (model::Record{
                {"mail", "norm@acme.com"}, {"name", "Norm Smith"}, {"phone", "+12023331234"}, {"own.title", "Boss"}}));
  EXPECT_EQ(mapped.related,
            (std::vector<model::RelatedRecord>{{"club", {{"name", "Acme"}, {"website", "http://www.acme.com"}}}}));
}

TEST(MapperTest, ABlankCellIsNotSent) {
  const model::MappedRow mapped = MapRow({"Email", "First Name", "Last Name", "Title", "Company", "Website"},
                                         {"a@b.c", "", "\t", " \xC2\xA0 ", "", ""});
  EXPECT_TRUE(mapped.reasons.empty());
  EXPECT_EQ(mapped.record, (model::Record{{"mail", "a@b.c"}}));
  EXPECT_TRUE(mapped.related.empty());
}

TEST(MapperTest, OnlyPartsThatAreThereAreJoined) {
  const Names header = {"Email", "First Name", "Middle Name", "Last Name"};
  EXPECT_EQ(*MapRow(header, {"a@b.c", "Ann", "", "Smith"}).record.Find("name"), model::Value("Ann Smith"));
  EXPECT_EQ(*MapRow(header, {"a@b.c", "", "", "Smith"}).record.Find("name"), model::Value("Smith"));
  EXPECT_EQ(*MapRow(header, {"a@b.c", "A", "B", "C"}).record.Find("name"), model::Value("A B C"));
}

TEST(MapperTest, ADefaultStandsInForBlankCells) {
  const model::ObjectSchema schema = TestSchema();
  const Names header = {"Email", "T"};
  const model::Mapping mapping =
      MatchAsAsked(R"({"own.title":{"columns":["T"],"default":"none"}})", header, schema).value();
  const Mapper mapper(schema, mapping, header);
  EXPECT_EQ(*mapper.Map({1, 0, {"a@b.c", " "}, {}}, model::Personal::shown).record.Find("own.title"),
            model::Value("none"));
  EXPECT_EQ(*mapper.Map({1, 0, {"a@b.c", "x"}, {}}, model::Personal::shown).record.Find("own.title"),
            model::Value("x"));
}

TEST(MapperTest, AFaultyRowMapsToItsFaults) {
  const model::ObjectSchema schema = TestSchema();
  const Names header = {"Email"};
  const Mapper mapper(schema, MatchByAlias(header, schema), header);
  model::Reason fault;
  fault.code = "too_many_cells";
  EXPECT_EQ(Codes(mapper.Map({1, 0, {"not an address"}, {fault}}, model::Personal::shown)), Names{"too_many_cells"});
  fault.warning = true;
  const model::MappedRow warned = mapper.Map({1, 0, {"a@b.c"}, {fault}}, model::Personal::shown);
  EXPECT_EQ(Codes(warned), Names{"warning too_many_cells"});
  EXPECT_TRUE(warned.record.Has("mail"));
}

TEST(MapperTest, AShortRowHasBlankCells) { EXPECT_TRUE(MapRow({"Email", "Title"}, {"a@b.c"}).ok()); }

TEST(MapperTest, ARowNeedsAValueInOneOfItsKeys) {
  const model::MappedRow mapped = MapRow({"Email", "User Id"}, {"", ""});
  ASSERT_EQ(Codes(mapped), Names{"missing_value"});
  EXPECT_EQ(mapped.reasons[0].column, "Email, User Id");
  EXPECT_EQ(mapped.reasons[0].message, "the row has no value for mail or number");
  EXPECT_TRUE(MapRow({"Email", "User Id"}, {"", "7"}).ok());
  EXPECT_EQ(MapRow({"Title"}, {"x"}).reasons.at(0).hint,
            "The file has no column for it: add one, or name it in the mapping.");
}

TEST(MapperTest, AWrongKeyIsOneReasonAndNotTwo) {
  const model::MappedRow mapped = MapRow({"Email"}, {"nobody"});
  ASSERT_EQ(Codes(mapped), Names{"invalid_email"});
  EXPECT_EQ(mapped.reasons[0].column, "Email");
}

TEST(MapperTest, ARequiredFieldMustHaveAValue) {
  model::ObjectSchema schema = TestSchema();
  schema.fields[2].required = true;
  const Names header = {"Email", "First Name", "Last Name"};
  const model::MappedRow mapped =
      Mapper(schema, MatchByAlias(header, schema), header).Map({1, 0, {"a@b.c", "", ""}, {}}, model::Personal::shown);
  ASSERT_EQ(Codes(mapped), Names{"missing_value"});
  EXPECT_EQ(mapped.reasons[0].column, "First Name + Last Name");
}

TEST(MapperTest, ARelatedRecordWithoutKeyIsLeftOutWithAWarning) {
  const model::MappedRow mapped = MapRow({"Email", "Company", "Website"}, {"a@b.c", "", "http://x"});
  EXPECT_TRUE(mapped.ok());
  EXPECT_TRUE(mapped.related.empty());
  ASSERT_EQ(Codes(mapped), Names{"warning related_without_key"});
  EXPECT_EQ(mapped.reasons[0].column, "Website");
  EXPECT_EQ(mapped.reasons[0].message, "the row's club has no value for club.code or club.name; it is not loaded");
}

TEST(MapperTest, EveryFaultOfARowIsNamedAtOnce) {
  EXPECT_EQ(Codes(MapRow({"Email", "Age", "Tier"}, {"x", "y", "z"})),
            (Names{"invalid_email", "invalid_number", "not_a_choice"}));
}

TEST(ConvertTest, AnEmailKeepsItsCaseAndHasOneAt) {
  EXPECT_EQ(*MapRow({"Email"}, {"Ann@B.c"}).record.Find("mail"), model::Value("Ann@B.c"));
  for (const std::string bad : {"a", "@b", "a@", "a@b@c", "a b@c", "a@b c", "a\xC2\xA0@b"}) {
    EXPECT_EQ(Codes(MapRow({"Email"}, {bad})), Names{"invalid_email"}) << bad;
  }
}

struct Conversion {
  std::string column, cell;
  model::Value value;
};

TEST(ConvertTest, ValuesTakeTheTypeOfTheirField) {
  using Int = std::int64_t;
  const std::vector<Conversion> conversions = {{"Age", "42", Int{42}},
                                               {"Age", "-7", Int{-7}},
                                               {"Age", "+7", Int{7}},
                                               {"Age", "9223372036854775807", Int{INT64_MAX}},
                                               {"Score", "1.5", 1.5},
                                               {"Score", "-2", -2.0},
                                               {"Score", "1e3", 1000.0},
                                               {"Member", "Yes", true},
                                               {"Member", "TRUE", true},
                                               {"Member", "1", true},
                                               {"Member", "no", false},
                                               {"Member", "0", false},
                                               {"Since", "1571672154", Int{1571672154}},
                                               {"Since", "2024-01-31", Int{1706659200}},
                                               {"Since", "2024-01-31T12:30:00Z", Int{1706704200}},
                                               {"Since", "2024-01-31 12:30", Int{1706704200}},
                                               {"Since", "2024-01-31T14:30:00.5+02:00", Int{1706704200}},
                                               {"Since", "2024-01-31t10:00:00-0230", Int{1706704200}},
                                               {"Since", "1969-12-31", Int{-86400}},
                                               {"Since", "2024-02-29", Int{1709164800}},
                                               {"Tier", "Gold", "Gold"},
                                               {"Tier", "silver", "Silver"},
                                               {"Tier", "GOLD LEAF", "gold leaf"},
                                               {"Title", "éééëë", "éééëë"},
                                               {"Website", "no url", "no url"}};
  for (const Conversion& conversion : conversions) {
    const model::MappedRow mapped = MapRow({"Email", "Company", conversion.column}, {"a@b.c", "Acme", conversion.cell});
    EXPECT_TRUE(mapped.reasons.empty()) << conversion.cell;
    const bool related = conversion.column == "Website";
    const model::Record& record = related ? mapped.related.at(0).record : mapped.record;
    ASSERT_FALSE(record.empty());
    EXPECT_EQ(record[record.size() - 1].value, conversion.value) << conversion.column << " " << conversion.cell;
  }
}

TEST(ConvertTest, WhatCannotBeReadIsRefusedWithItsCode) {
  const std::vector<std::pair<Names, std::string>> refusals = {{{"Age", "4.0"}, "invalid_number"},
                                                               {{"Age", "1,200"}, "invalid_number"},
                                                               {{"Age", "9223372036854775808"}, "invalid_number"},
                                                               {{"Age", "+-1"}, "invalid_number"},
                                                               {{"Age", "+"}, "invalid_number"},
                                                               {{"Score", "nan"}, "invalid_number"},
                                                               {{"Score", "1e999"}, "invalid_number"},
                                                               {{"Score", "0x10"}, "invalid_number"},
                                                               {{"Score", "1,5"}, "invalid_number"},
                                                               {{"Member", "maybe"}, "invalid_boolean"},
                                                               {{"Since", "31/01/2024"}, "invalid_date"},
                                                               {{"Since", "2024-02-30"}, "invalid_date"},
                                                               {{"Since", "20240131"}, "invalid_date"},
                                                               {{"Since", "1571672154000"}, "invalid_date"},
                                                               {{"Since", "2024-01-31T25:00"}, "invalid_date"},
                                                               {{"Since", "2024-01-31T12:30:00+2:00"}, "invalid_date"},
                                                               {{"Since", "2024-01-31T12:30 CET"}, "invalid_date"},
                                                               {{"Since", "2024-1-31"}, "invalid_date"},
                                                               {{"Since", "-571672154"}, "invalid_date"},
                                                               {{"Tier", "Bronze"}, "not_a_choice"},
                                                               {{"Title", "ééééëë"}, "too_long"}};
  for (const auto& [cell, code] : refusals) {
    const model::MappedRow mapped = MapCell(cell[0], cell[1]);
    ASSERT_EQ(Codes(mapped), Names{code}) << cell[1];
    EXPECT_EQ(mapped.reasons[0].column, cell[0]);
    EXPECT_FALSE(mapped.reasons[0].hint.empty());
  }
}

TEST(ConvertTest, AChoiceNamesTheClosest) {
  EXPECT_EQ(MapCell("Tier", "Glod").reasons.at(0).hint, "Did you mean 'Gold'? Allowed: Gold, Silver, gold leaf.");
}

TEST(PhoneTest, NumbersBecomeE164OrStayWithAWarning) {
  struct Case {
    std::string region, cell, sent, warning;
  };
  const std::string unknown = "warning phone_not_understood";
  const std::string bare = "warning phone_without_country";
  const std::vector<Case> cases = {{"", "+353 87 123-4567", "+353871234567", ""},
                                   {"", "0044 20 7946 0958", "+442079460958", ""},
                                   {"", "+44 (0)20 7946 0958", "+442079460958", ""},
                                   {"", "(333) 333-1234", "(333) 333-1234", bare},
                                   {"", "444) 444-1234", "444) 444-1234", bare},
                                   {"", "+1 800 FLOWERS", "+1 800 FLOWERS", unknown},
                                   {"", "+999 123 4567", "+999 123 4567", unknown},
                                   {"", "+44 123", "+44 123", unknown},
                                   {"XX", "333 333 1234", "333 333 1234", bare},
                                   {"US", "(333) 333-1234", "+13333331234", ""},
                                   {"us", "1-333-333-1234", "+13333331234", ""},
                                   {"US", "011 44 20 7946 0958", "+442079460958", ""},
                                   {"US", "0044 20 7946 0958", "+442079460958", ""},
                                   {"US", "333-1234", "333-1234", unknown},
                                   {"US", "(133) 333-1234", "(133) 333-1234", unknown},
                                   {"US", "333 333 1234 x5", "333 333 1234 x5", unknown},
                                   {"US", "+49 30 123456", "+4930123456", ""},
                                   {"GB", "020 7946 0958", "+442079460958", ""},
                                   {"DE", "030/123456", "+4930123456", ""},
                                   {"DE", "49 30 123456", "49 30 123456", unknown},
                                   {"IT", "06 1234 5678", "+390612345678", ""},
                                   {"ES", "912 345 678", "+34912345678", ""},
                                   {"HU", "06 1 234 5678", "+3612345678", ""},
                                   {"RU", "8 495 123-45-67", "+74951234567", ""},
                                   {"RU", "800 555 35 35", "+78005553535", ""},
                                   {"SG", "001 44 2079460958", "+442079460958", ""},
                                   {"SG", "0044 20 7946 0958", "0044 20 7946 0958", unknown},
                                   {"GB", "020", "020", unknown}};
  for (const Case& c : cases) {
    const model::MappedRow mapped = MapCell("Phone", c.cell, c.region);
    EXPECT_EQ(*mapped.record.Find("phone"), model::Value(c.sent)) << c.region << " " << c.cell;
    EXPECT_EQ(Codes(mapped), c.warning.empty() ? Names{} : Names{c.warning}) << c.region << " " << c.cell;
    EXPECT_TRUE(mapped.ok());
  }
}

TEST(PhoneTest, RegionsAreKnownByTwoLetters) {
  EXPECT_TRUE(IsKnownRegion("IE"));
  EXPECT_TRUE(IsKnownRegion("ie"));
  EXPECT_FALSE(IsKnownRegion(""));
  EXPECT_FALSE(IsKnownRegion("Ireland"));
}

/// One faulty cell for a personal field; what is said of it.
model::Reason ReasonOf(const std::string& column, const std::string& cell, model::Personal personal) {
  model::ObjectSchema schema = TestSchema();
  for (model::Field& field : schema.fields) field.personal = field.path != "own.age";
  const Names header = {"User Id", column};
  return Mapper(schema, MatchByAlias(header, schema), header).Map({1, 0, {"7", cell}, {}}, personal).reasons.at(0);
}

TEST(PersonalCellTest, IsQuotedOnlyWhereItMayBe) {
  for (const auto& [column, cell, path] :
       std::vector<std::tuple<std::string, std::string, std::string>>{{"Email", "ada.example", "mail"},
                                                                      {"Title", "Countess", "own.title"},
                                                                      {"Phone", "call me", "phone"},
                                                                      {"Score", "ten", "own.score"},
                                                                      {"Member", "perhaps", "own.member"},
                                                                      {"Since", "long ago", "own.since"},
                                                                      {"Tier", "Golden", "own.tier"}}) {
    const model::Reason shown = ReasonOf(column, cell, model::Personal::shown);
    const model::Reason hidden = ReasonOf(column, cell, model::Personal::hidden);
    EXPECT_TRUE(shown.message.starts_with("'" + cell + "' ")) << shown.message;
    EXPECT_EQ(hidden.message, "[" + path + "]" + shown.message.substr(cell.size() + 2));
    EXPECT_EQ(hidden.column, column);
  }
  EXPECT_EQ(ReasonOf("Age", "old", model::Personal::hidden).message, "'old' is not a whole number");
}

TEST(PersonalCellTest, IsNotGuessedAtWhereItIsHidden) {
  EXPECT_EQ(ReasonOf("Tier", "Golden", model::Personal::shown).hint,
            "Did you mean 'Gold'? Allowed: Gold, Silver, gold leaf.");
  EXPECT_EQ(ReasonOf("Tier", "Golden", model::Personal::hidden).hint, "Allowed: Gold, Silver, gold leaf.");
}

TEST(PersonalCellTest, EachCellOfAJoinedFieldIsOne) {
  model::ObjectSchema schema = TestSchema();
  for (model::Field& field : schema.fields) field.personal = field.path == "name";
  const Names header = {"Email", "First Name", "Middle Name", "Last Name"};
  Names cells;
  for (const PersonalCell& cell :
       Mapper(schema, MatchByAlias(header, schema), header).PersonalCells({"a@b.c", " Ada ", "", "Lovelace"})) {
    EXPECT_EQ(cell.field->path, "name");
    cells.emplace_back(cell.text);
  }
  EXPECT_EQ(cells, (Names{"Ada", "Lovelace"}));
}

}  // namespace
}  // namespace rowcall::mapping

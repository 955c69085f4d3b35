#include "dispatch/personal_values.h"

#include <gtest/gtest.h>

namespace rowcall::dispatch {
namespace {

using enum model::FieldType;

/// People with a club, whose member's number is personal too.
model::ObjectSchema People() {
  model::ObjectSchema schema;
  const auto add = [&](std::string path, model::FieldType type, bool personal = true) {
    model::Field& field = schema.fields.emplace_back();
    field.path = std::move(path);
    field.type = type;
    field.personal = personal;
  };
  add("mail", email);
  add("name", text);
  add("phone", phone);
  add("own.member", boolean);
  add("own.size", integer);
  add("own.note", text);
  add("number", text, false);
  add("club.name", text, false);
  add("club.own.number", text);
  return schema;
}

class PersonalValuesTest : public testing::Test {
 protected:
  /// What is left of the service's words about a row that holds these.
  std::string Left(const model::Record& record, std::string words) const {
    PersonalValues values;
    values.Add(schema_, record);
    model::Reason reason;
    reason.service_message = std::move(words);
    values.Hide(reason);
    return reason.service_message;
  }

  model::ObjectSchema schema_ = People();
};

TEST_F(PersonalValuesTest, TheFieldsNameStandsWhereItsValueStood) {
  EXPECT_EQ(Left({{"mail", "ada@x.org"}, {"name", "Ada Lovelace"}}, "Ada Lovelace (ada@x.org) is ada@x.org already"),
            "[name] ([mail]) is [mail] already");
}

TEST_F(PersonalValuesTest, LettersAreFoundInEitherCase) {
  EXPECT_EQ(Left({{"mail", "Ada@X.org"}, {"name", "ada lovelace"}}, "no ada@x.ORG of ADA LOVELACE"),
            "no [mail] of [name]");
}

TEST_F(PersonalValuesTest, OnlyWhatTheConnectorCallsPersonalIsTakenOut) {
  EXPECT_EQ(Left({{"number", "customer-1815"}, {"mail", "ada@x.org"}}, "customer-1815 has ada@x.org"),
            "customer-1815 has [mail]");
}

TEST_F(PersonalValuesTest, AShortValueIsFoundAsAWordAndAVeryShortOneIsLeft) {
  EXPECT_EQ(Left({{"name", "Con"}}, "Conflict: the contact con, or 'Con', has a con"),
            "Conflict: the contact [name], or '[name]', has a [name]");
  EXPECT_EQ(Left({{"own.size", std::int64_t{123}}}, "the id 123456 is not 123"), "the id 123456 is not [own.size]");
  EXPECT_EQ(Left({{"name", "is"}, {"own.size", std::int64_t{42}}}, "this is 42"), "this is 42");
}

TEST_F(PersonalValuesTest, ALongValueIsFoundInsideAWordToo) {
  EXPECT_EQ(Left({{"mail", "ada@x.org"}}, "mailtoada@x.orgx"), "mailto[mail]x");
}

TEST_F(PersonalValuesTest, YesAndNoAreNobodys) {
  EXPECT_EQ(Left({{"own.member", true}}, "this is not true"), "this is not true");
}

TEST_F(PersonalValuesTest, OverlappingValuesLeaveNothingOfAnyOfThem) {
  const model::Record record = {{"name", "Lovelace"}, {"mail", "lovelace@x.org"}, {"own.note", "ada lovelace"}};
  EXPECT_EQ(Left(record, "no lovelace@x.org"), "no [mail]");
  EXPECT_EQ(Left(record, "no ada lovelace@x.org"), "no [mail]");
  EXPECT_EQ(Left({{"name", "anana"}}, "bad anana, ananana"), "bad [name], ananana");
  EXPECT_EQ(Left({{"name", "ananananan"}}, "anananananan"), "[name]");
}

TEST_F(PersonalValuesTest, EscapedValuesAreFound) {
  EXPECT_EQ(Left({{"name", "Zoë \"Z\" Öz"}}, R"(no Zoë "Z" Öz)"), "no [name]");
  EXPECT_EQ(Left({{"name", "Zoë \"Z\" Öz"}}, R"({"name":"Zoë \"Z\" Öz"})"), R"({"name":"[name]"})");
  EXPECT_EQ(Left({{"name", "Zoë \"Z\" Öz"}}, R"({"name":"Zo\u00EB \"Z\" \u00d6z"})"), R"({"name":"[name]"})");
  EXPECT_EQ(Left({{"name", "Ann 👍🏿"}}, R"("Ann \ud83d\udc4d\ud83c\udfff")"), R"("[name]")");
  EXPECT_EQ(Left({{"mail", "ada+1@x.org"}}, "GET /people?mail=ada%2b1%40x.org"), "GET /people?mail=[mail]");
}

TEST_F(PersonalValuesTest, APhoneIsFoundWithoutItsPlus) {
  EXPECT_EQ(Left({{"phone", "+15550142857"}}, "15550142857, tel:+15550142857"), "[phone], tel:[phone]");
}

TEST_F(PersonalValuesTest, TheBeginningOfAValueIsFoundWhereTheWordsWereCut) {
  EXPECT_EQ(Left({{"mail", "ada.lovelace@x.org"}}, "no ada.lovel…"), "no [mail]…");
  EXPECT_EQ(Left({{"mail", "ada.lovelace@x.org"}}, "no ada…"), "no [mail]…");
  EXPECT_EQ(Left({{"mail", "ada.lovelace@x.org"}}, "a canada…"), "a canada…");
  EXPECT_EQ(Left({{"mail", "ada.lovelace@x.org"}}, "no ada.lovel"), "no ada.lovel");
}

TEST_F(PersonalValuesTest, WhatARelatedRecordSaysOfAPersonIsTakenOutToo) {
  PersonalValues values;
  values.Add(schema_, {{"name", "Analysts"}, {"own.number", "M-1815-ADA"}}, "club");
  model::Reason reason;
  reason.service_message = "M-1815-ADA of Analysts";
  values.Hide(reason);
  EXPECT_EQ(reason.service_message, "[club.own.number] of Analysts");
}

TEST_F(PersonalValuesTest, AllOfTheServicesWordsAreLookedThroughAndOursAreLeft) {
  PersonalValues values;
  values.Add(schema_, {{"mail", "ada@x.org"}, {"own.note", "Demo"}, {"own.size", std::int64_t{400}}});
  model::Reason reason = model::Because("ada@x.org", "Demo answered 400: Demo has ada@x.org", "Ask Demo.");
  reason.column = "Demo";
  reason.service_code = "ada@x.org";
  reason.service_message = "Demo has ada@x.org";
  reason.service_request_id = "r-ada@x.org";
  values.Hide(reason);
  EXPECT_EQ(reason.code, "[mail]");
  EXPECT_EQ(reason.message, "Demo answered 400: [own.note] has [mail]");
  EXPECT_EQ(reason.service_code, "[mail]");
  EXPECT_EQ(reason.service_message, "[own.note] has [mail]");
  EXPECT_EQ(reason.service_request_id, "r-[mail]");
  EXPECT_EQ(reason.hint, "Ask Demo.");
  EXPECT_EQ(reason.column, "Demo");
}

TEST_F(PersonalValuesTest, OursIsLeftAlsoWhereTheServiceSaysTheSameOrHasAnotherCode) {
  PersonalValues values;
  values.Add(schema_, {{"mail", "ada@x.org"}, {"own.note", "Demo"}});
  model::Reason reason = model::Because("refused", "Demo answered 400: Demo", "");
  reason.service_code = "ada@x.org";
  reason.service_message = "Demo";
  values.Hide(reason);
  EXPECT_EQ(reason.message, "Demo answered 400: [own.note]");
  EXPECT_EQ(reason.code, "refused");
}

}  // namespace
}  // namespace rowcall::dispatch

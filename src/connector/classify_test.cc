#include <gtest/gtest.h>

#include "base/text.h"
#include "connector/answer.h"
#include "connector/test_connector.h"

namespace rowcall::connector {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Case {
  std::string name;
  int status;
  std::string body;
  Meaning meaning;
  std::string id, code;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::string Error(const std::string& code, const std::string& message) {
  return R"({"request_id":"r-1","errors":[{"code":")" + code + R"(","message":")" + message + R"("}]})";
}

class ClassifyTest : public testing::TestWithParam<Case> {};

TEST_P(ClassifyTest, AnswerMeans) {
  const Headers headers;
  const auto connector = TestConnector();
  const CallTemplate call{"POST", "/people", "", "id", ""};
  const Verdict verdict = Classify(*connector, call, {GetParam().status, &headers, GetParam().body});
  EXPECT_EQ(Name(verdict.meaning), Name(GetParam().meaning));
  EXPECT_EQ(verdict.id, GetParam().id);
  EXPECT_EQ(verdict.reason->code, GetParam().code);
  if (verdict.meaning != Meaning::yes) EXPECT_EQ(verdict.reason->service_status, GetParam().status);
}

const std::string kGood = R"({"type":"person","id":"5f","name":"A"})";

INSTANTIATE_TEST_SUITE_P(
    Defaults, ClassifyTest,
    testing::Values(
        Case{"yes", 200, kGood, Meaning::yes, "5f", ""}, Case{"number_id", 201, R"({"id":42})", Meaning::yes, "42", ""},
        Case{"no_id", 200, R"({"type":"person"})", Meaning::ambiguous, "", "no_definite_answer"},
        Case{"null_id", 200, R"({"id":null})", Meaning::ambiguous, "", "no_definite_answer"},
        Case{"blank_id", 200, R"({"id":""})", Meaning::ambiguous, "", "no_definite_answer"},
        Case{"cut", 200, R"({"id":"5f","name":"A)", Meaning::ambiguous, "", "no_definite_answer"},
        Case{"cut_late", 200, R"({"id":"5f","name":)", Meaning::ambiguous, "", "no_definite_answer"},
        Case{"empty", 200, "", Meaning::ambiguous, "", "no_definite_answer"},
        Case{"html", 200, "<html>", Meaning::ambiguous, "", "no_definite_answer"},
        Case{"deep", 200, std::string(1'000'000, '['), Meaning::ambiguous, "", "no_definite_answer"},
        Case{"deep_refusal", 500, std::string(1'000'000, '['), Meaning::ambiguous, "", "no_definite_answer"},
        Case{"array", 200, "[]", Meaning::ambiguous, "", "no_definite_answer"},
        Case{"redirect", 302, "", Meaning::ambiguous, "", "no_definite_answer"},
        Case{"server", 500, Error("server_error", "Oh"), Meaning::ambiguous, "", "server_error"},
        Case{"gateway", 502, "<html>", Meaning::ambiguous, "", "no_definite_answer"},
        Case{"unavailable", 503, "", Meaning::ambiguous, "", "no_definite_answer"},
        Case{"late", 504, "", Meaning::ambiguous, "", "no_definite_answer"},
        Case{"timeout", 408, "", Meaning::ambiguous, "", "no_definite_answer"},
        Case{"early", 425, "", Meaning::ambiguous, "", "no_definite_answer"},
        Case{"rate", 429, Error("rate", "slow"), Meaning::not_processed, "", "rate"},
        Case{"locked", 423, "", Meaning::not_processed, "", "not_processed"},
        Case{"token", 401, Error("unauthorized", "bad"), Meaning::stop, "", "unauthorized"},
        Case{"pay", 402, "", Meaning::stop, "", "instance_refused"},
        Case{"missing", 404, "", Meaning::missing, "", "not_found"},
        Case{"bad", 400, Error("invalid", "bad field"), Meaning::no, "", "invalid"},
        Case{"unprocessable", 422, "", Meaning::no, "", "refused"}, Case{"gone", 410, "", Meaning::no, "", "refused"},
        Case{"forbidden", 403, "{}", Meaning::no, "", "refused"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Rules, ClassifyTest,
    testing::Values(
        Case{"exists", 409, Error("conflict", "A person is there id=5f"), Meaning::exists, "5f", "already_exists"},
        Case{"exists_as_second_error", 409,
             R"({"errors":[{"code":"x"},{"code":"conflict","message":"A person is there id=5f"}]})", Meaning::exists,
             "5f", "already_exists"},
        Case{"exists_without_id", 409, Error("conflict", "A person is there"), Meaning::no, "", "conflict"},
        Case{"exists_of_another_code", 409, Error("other", "A person is there id=5f"), Meaning::no, "", "other"},
        Case{"exists_unreadable", 409, "<html>", Meaning::ambiguous, "", "no_definite_answer"},
        Case{"exists_cut", 409, R"({"errors":[{"code":"conf)", Meaning::ambiguous, "", "no_definite_answer"},
        Case{"exists_without_a_word", 409, "", Meaning::ambiguous, "", "no_definite_answer"},
        Case{"plan_unreadable", 403, "<html>", Meaning::ambiguous, "", "no_definite_answer"},
        Case{"refusal_that_no_rule_reads", 422, "<html>", Meaning::no, "", "refused"},
        Case{"plan", 403, Error("plan", "no"), Meaning::stop, "", "plan"},
        Case{"code_alone", 500, Error("busy", "no"), Meaning::not_processed, "", "busy"},
        Case{"message_alone", 400, Error("x", "Please TRY LATER"), Meaning::ambiguous, "", "x"},
        Case{"rule_without_status_leaves_2xx_alone", 200, R"({"id":"1","errors":[{"code":"busy"}]})", Meaning::yes, "1",
             ""}),
    [](const auto& info) { return info.param.name; });

TEST(ClassifyTest, AMergedRecordsIdStandsInTheLinkHeader) {
  const auto connector = TestConnector();
  const Headers headers = {{"link", R"(</people/77>; rel="canonical")"}};
  const Verdict verdict = Classify(*connector, connector->Find("person")->read.value(), {410, &headers, ""});
  EXPECT_EQ(verdict.meaning, Meaning::moved);
  EXPECT_EQ(verdict.id, "77");
}

TEST(ClassifyTest, AReasonCarriesTheServicesWordsAndOurHint) {
  const auto connector = TestConnector();
  const Headers headers = {{"X-Request-Id", "from-header"}};
  const CallTemplate call{"POST", "/people", "", "id", ""};
  Verdict verdict = Classify(*connector, call, {403, &headers, Error("plan", "Too small")});
  EXPECT_EQ(verdict.reason->message, "Demo answered 403: Too small");
  EXPECT_EQ(verdict.reason->hint, "Buy a bigger plan.");
  EXPECT_EQ(verdict.reason->service_message, "Too small");
  EXPECT_EQ(verdict.reason->service_request_id, "r-1");

  verdict = Classify(*connector, call, {422, &headers, R"({"errors":[{"message":"a"},{"message":"b"}]})"});
  EXPECT_EQ(verdict.reason->service_message, "a; b");
  EXPECT_EQ(verdict.reason->service_request_id, "from-header");
}

TEST(ClassifyTest, ACallWithoutIdTakesAnyGoodAnswer) {
  const auto connector = TestConnector();
  const Headers headers;
  EXPECT_EQ(Classify(*connector, {"POST", "/x", "", "", ""}, {202, &headers, ""}).meaning, Meaning::yes);
}

TEST(ClassifyTest, AFindTakesAListOrOneRecord) {
  const auto connector = TestConnector();
  const Headers headers;
  const CallTemplate& find = connector->Find("person")->FindBy("mail")->call;
  EXPECT_EQ(Classify(*connector, find, {200, &headers, R"({"data":[]})"}).meaning, Meaning::yes);
  EXPECT_EQ(Classify(*connector, find, {200, &headers, R"({"a":1,"id":"5"})"}).id, "5");
  EXPECT_EQ(Classify(*connector, find, {200, &headers, R"({"data":null})"}).meaning, Meaning::ambiguous);
}

TEST(ClassifyLongAnswerTest, TheServicesWordsAreCutWhereTheyAreLong) {
  const Headers headers;
  const auto connector = TestConnector();
  std::string words;
  while (words.size() < 100'000) words += "€";  // three bytes: no limit falls between two
  const std::string body =
      R"({"request_id":")" + words + R"(","errors":[{"code":")" + words + R"(","message":")" + words + R"("}]})";
  const model::Reason reason = *Classify(*connector, {"POST", "/people", "", "id", ""}, {400, &headers, body}).reason;
  for (const std::string& text : {reason.code, reason.service_code, reason.service_request_id}) {
    EXPECT_LE(text.size(), 210u);
    EXPECT_EQ(FirstInvalidUtf8(text), std::string::npos);
  }
  EXPECT_LE(reason.service_message.size(), 2'010u);
  EXPECT_EQ(FirstInvalidUtf8(reason.service_message), std::string::npos);
  EXPECT_TRUE(reason.service_message.ends_with("…"));
  EXPECT_LE(reason.message.size(), 2'100u);
}

TEST(ClassifyLongAnswerTest, ARequestIdInAHeaderMustBeAWord) {
  const auto connector = TestConnector();
  const auto id_of = [&](const std::string& value) {
    const Headers headers = {{"X-Request-Id", value}};
    return Classify(*connector, {"POST", "/people", "", "id", ""}, {400, &headers, ""}).reason->service_request_id;
  };
  EXPECT_EQ(id_of("r-1"), "r-1");
  EXPECT_EQ(id_of("r\xff"), "");
  EXPECT_EQ(id_of("r\tx"), "");
  EXPECT_LE(id_of(std::string(60'000, 'r')).size(), 210u);
}

TEST(ClassifyLongAnswerTest, AnIdIsAShortText) {
  const Headers headers;
  const auto connector = TestConnector();
  const auto meaning_of = [&](std::size_t length) {
    const std::string body = R"({"id":")" + std::string(length, 'a') + R"("})";
    return Classify(*connector, {"POST", "/people", "", "id", ""}, {200, &headers, body}).meaning;
  };
  EXPECT_EQ(meaning_of(255), Meaning::yes);
  EXPECT_EQ(meaning_of(256), Meaning::ambiguous);
}

}  // namespace
}  // namespace rowcall::connector

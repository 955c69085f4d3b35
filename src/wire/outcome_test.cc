#include "wire/outcome.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace rowcall::wire {
namespace {

model::Reason Refused() {
  return {.column = "C_EmailAddress",
          .code = "invalid_email",
          .message = "Row 3, column \"C_EmailAddress\": not an e-mail address.",
          .hint = "Mend it.",
          .service_code = "parameter_invalid",
          .service_message = "email is invalid",
          .service_request_id = "req_9",
          .service_status = 400};
}

std::string PageOf(const model::Outcome& outcome) {
  std::string out;
  JsonWriter json(out);
  json.BeginArray();
  WriteOutcome(json, outcome);
  json.EndArray();
  return out;
}

TEST(OutcomeTest, EveryShapeOfOutcomeReadsBackEqual) {
  const model::Reason warning{.column = "C_BusPhone", .code = "phone", .message = "No region.", .warning = true};
  const model::IncompleteStep step{"attach", {.code = "unresolved", .message = "No answer."}};
  const std::vector<model::Outcome> outcomes = {
      {.row = 1, .byte_offset = 80, .kind = model::OutcomeKind::created, .vendor_id = "abc"},
      {.row = 2, .byte_offset = 90, .kind = model::OutcomeKind::rejected, .reasons = {Refused()}},
      {.row = 3, .kind = model::OutcomeKind::failed, .reasons = {warning, Refused()}},
      {.row = 4, .kind = model::OutcomeKind::updated, .reasons = {warning}},
      {.row = 5, .kind = model::OutcomeKind::created, .incomplete = {step}},
      {.row = 6, .kind = model::OutcomeKind::unresolved, .reasons = {Refused()}, .incomplete = {step}},
      {.row = 7, .kind = model::OutcomeKind::created, .reasons = {warning}, .incomplete = {step, step}},
  };
  for (const model::Outcome& outcome : outcomes) {
    const auto read = ParseOutcomes(PageOf(outcome));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, std::vector{outcome}) << PageOf(outcome);
  }
}

TEST(OutcomeTest, StatusIsTheMessageOfTheFirstErrorEvenBehindAWarning) {
  const model::Reason warning{.message = "Only a warning.", .warning = true};
  const model::Outcome outcome{.row = 3, .kind = model::OutcomeKind::failed, .reasons = {warning, Refused()}};
  const auto row = boost::json::parse(PageOf(outcome)).as_array().at(0).as_object();
  EXPECT_EQ(row.at("status"), row.at("message"));
  EXPECT_EQ(row.at("column"), "C_EmailAddress");
  EXPECT_EQ(row.at("serviceCode"), "parameter_invalid");
  EXPECT_EQ(row.at("requestId"), "req_9");
  EXPECT_EQ(row.at("reasons").as_array().size(), 2u);
}

TEST(OutcomeTest, AnIncompleteStepTellsStepCodeAndReason) {
  const model::Outcome outcome{
      .row = 1, .kind = model::OutcomeKind::created, .incomplete = {{"attach", {.code = "gone", .message = "Gone."}}}};
  const auto row = boost::json::parse(PageOf(outcome)).as_array().at(0).as_object();
  EXPECT_EQ(row.at("incomplete"), boost::json::parse(R"([{"step":"attach","code":"gone","reason":"Gone."}])"));
  EXPECT_EQ(row.at("outcome"), "created");
}

}  // namespace
}  // namespace rowcall::wire

#include "dispatch/redact.h"

#include <gtest/gtest.h>

namespace rowcall::dispatch {
namespace {

model::Instance Holding(std::map<std::string, std::string> secrets) {
  model::Instance instance;
  for (const auto& [name, text] : secrets) instance.secrets.emplace(name, Secret(text));
  return instance;
}

TEST(RedactTest, NoWordOfTheServiceHoldsASecretOfTheInstance) {
  model::Reason reason = model::Because("no tok_12345678", "Demo answered 400: no tok_12345678, tok_12345678!");
  reason.service_code = "tok_12345678";
  reason.service_message = "no tok_12345678, key_abcdefgh";
  reason.service_request_id = "r-tok_12345678";
  Redact(Holding({{"token", "tok_12345678"}, {"signature", "key_abcdefgh"}}), reason);
  EXPECT_EQ(reason.code, "no [secret]");
  EXPECT_EQ(reason.message, "Demo answered 400: no [secret], [secret]!");
  EXPECT_EQ(reason.service_code, "[secret]");
  EXPECT_EQ(reason.service_message, "no [secret], [secret]");
  EXPECT_EQ(reason.service_request_id, "r-[secret]");
}

TEST(RedactTest, ASecretInsideAnotherLeavesNothingOfTheLongerOne) {
  model::Reason reason = model::Because("refused", "no long-canary-secret");
  Redact(Holding({{"a", "canary-s"}, {"b", "long-canary-secret"}}), reason);
  EXPECT_EQ(reason.message, "no [secret]");
}

TEST(RedactTest, OtherWordsAndShortSecretsAreLeft) {
  model::Reason reason = model::Because("refused", "the phone is wrong");
  const model::Reason before = reason;
  Redact(Holding({{"a", "phone"}, {"b", ""}, {"c", "tok_12345678"}}), reason);
  EXPECT_EQ(reason, before);
}

}  // namespace
}  // namespace rowcall::dispatch

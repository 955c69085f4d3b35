#include "callback/signature.h"

#include <gtest/gtest.h>

#include "base/crypto.h"

namespace rowcall::callback {
namespace {

model::Callback Notice() {
  model::Callback callback;
  callback.webhook_id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
  callback.body = R"({"test": 2432232314})";
  return callback;
}

const Secret kWebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
constexpr WallTime kThen{std::chrono::milliseconds(1'614'265'330'987)};

TEST(ElementsSignatureTest, IsThePublishedOneForThePublishedKeyAndBody) {
  const Secret key("MySecretEventSignatureKey");
  EXPECT_EQ(ElementsSignature(key, "<INSERT_EVENT_NOTIFICATION_RESPONSE_BODY>"),
            "sha256=jHdbRx5EZAsOfTwAPJOGkNUzQMVVdu5VJlxcsk+G6jQ=");
}

TEST(ElementsSignatureTest, ChangesWithOneByteOfTheBody) {
  const Secret key("k");
  EXPECT_NE(ElementsSignature(key, "body"), ElementsSignature(key, "bodx"));
}

TEST(SignedHeadersTest, TheStandardSignatureIsThePublishedExample) {
  const net::Headers headers = SignedHeaders(Notice(), kThen, kWebhookSecret, std::nullopt);
  EXPECT_EQ(headers.Find("webhook-id"), "msg_p5jXN8AQM9LWM0D4loKWxJek");
  EXPECT_EQ(headers.Find("webhook-timestamp"), "1614265330");
  EXPECT_EQ(headers.Find("webhook-signature"), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(SignedHeadersTest, TheNoticesIdAndTypeAreAlwaysSaid) {
  const net::Headers headers = SignedHeaders(Notice(), kThen, kWebhookSecret, std::nullopt);
  EXPECT_EQ(headers.Find("Elements-Webhook-Id"), "msg_p5jXN8AQM9LWM0D4loKWxJek");
  EXPECT_EQ(headers.Find("Content-Type"), "application/json");
}

TEST(SignedHeadersTest, TheElementsSignatureIsSentWithTheUsersOwnKeyOnly) {
  const net::Headers without = SignedHeaders(Notice(), kThen, kWebhookSecret, std::nullopt);
  EXPECT_FALSE(without.Find("Elements-Webhook-Signature").has_value());
  const net::Headers blank = SignedHeaders(Notice(), kThen, kWebhookSecret, Secret());
  EXPECT_FALSE(blank.Find("Elements-Webhook-Signature").has_value());
  const Secret key("a user's key");
  const net::Headers with = SignedHeaders(Notice(), kThen, kWebhookSecret, key);
  EXPECT_EQ(with.Find("Elements-Webhook-Signature"), ElementsSignature(key, Notice().body));
}

}  // namespace
}  // namespace rowcall::callback

// Who was signed in is known until the catalogue changes, and nobody else is.

#include "api/sign_in.h"

#include "api/test_rig.h"

namespace rowcall::api {
namespace {

class SignInTest : public testing::Test {
 protected:
  int Ping(const std::string& authorization) { return Get("/ping", authorization); }
  int Elements(const std::string& authorization) { return Get("/elements", authorization); }
  int Get(const std::string& path, const std::string& authorization) {
    return rig_.Send("GET", std::string(kBasePath) + path, {"", "", {{"Authorization", authorization}}}).status;
  }
  int Ping() { return Ping(element()); }
  std::string element() const { return "Element " + token_ + ", User " + rig_.user(); }

  void Change(const std::function<void(model::Instance&)>& change) {
    ASSERT_TRUE(rig_.catalogue().ChangeInstance(tenant_, instance_, change));
  }

  Rig rig_;
  const TenantId tenant_ = *rig_.catalogue().SignIn(rig_.user(), std::nullopt);
  const std::string token_ = rig_.Connect();
  const InstanceId instance_ = rig_.last_instance;
};

TEST_F(SignInTest, ACatalogueThatHasNotChangedIsNotAskedAgain) {
  ASSERT_EQ(Ping(), 200);
  ASSERT_EQ(Elements(rig_.platform()), 200);
  const int look_ups = rig_.catalogue().look_ups();
  EXPECT_EQ(Ping(), 200);
  EXPECT_EQ(Ping("user  " + rig_.user() + " ,ELEMENT " + token_), 200);
  EXPECT_EQ(Elements(rig_.platform()), 200);
  EXPECT_EQ(Elements(rig_.platform() + ", Element anything"), 200);
  EXPECT_EQ(rig_.catalogue().look_ups(), look_ups);
}

TEST_F(SignInTest, AnInstanceThatWasDeletedIsRefusedAtOnce) {
  ASSERT_EQ(Ping(), 200);
  ASSERT_EQ(rig_.Platform("DELETE", "/instances/" + std::to_string(instance_.value)).status, 200);
  EXPECT_EQ(Ping(), 401);
}

TEST_F(SignInTest, AnInstanceThatWasDisabledIsRefusedAtOnceAndServedAtOnceWhenItIsEnabled) {
  ASSERT_EQ(Ping(), 200);
  Change([](model::Instance& now) { now.disabled = true; });
  EXPECT_EQ(Ping(), 401);
  Change([](model::Instance& now) { now.disabled = false; });
  EXPECT_EQ(Ping(), 200);
}

TEST_F(SignInTest, AChangedSettingCountsForTheNextCall) {
  ASSERT_EQ(Get("/objects/person/metadata", element()), 200);
  Change([](model::Instance& now) { now.secrets.insert_or_assign("token", Secret("revoked")); });
  EXPECT_NE(Get("/objects/person/metadata", element()), 200);
}

TEST_F(SignInTest, AChangeBehindALookUpCountsThoughTheLookUpDidNotSeeIt) {
  rig_.catalogue().BehindTheNextLookUp([this] {
    Change([](model::Instance& now) { now.disabled = true; });
    const Sent by_another{"", "", {{"Authorization", rig_.platform()}}};
    EXPECT_EQ(rig_.SendBeside("GET", "/elements/api-v2/elements", by_another).status, 200);
  });
  EXPECT_EQ(Ping(), 200);
  EXPECT_EQ(Ping(), 401);
}

TEST_F(SignInTest, WrongCredentialsAreRefusedBesideKnownOnes) {
  const std::string organization = ", Organization " + rig_.organization();
  ASSERT_EQ(Ping(), 200);
  ASSERT_EQ(Ping(element() + organization), 200);
  ASSERT_EQ(Elements(rig_.platform()), 200);
  for (const std::string& wrong : {element() + "x", element() + ", Organization x", element() + organization + "x",
                                   "Element x, User " + rig_.user(), "Element " + rig_.user() + ", User " + token_,
                                   rig_.platform(), "Element " + token_ + ", User " + std::string(kStranger)}) {
    EXPECT_EQ(Ping(wrong), 401) << wrong;
  }
  for (const std::string& wrong : {rig_.platform() + "x", "User x" + organization, element(),
                                   "User " + rig_.organization() + ", Organization " + rig_.user()}) {
    EXPECT_EQ(Elements(wrong), 401) << wrong;
  }
}

TEST_F(SignInTest, OneHeaderThatServesBothKindsOfCallsIsTwoCallers) {
  const std::string all = element() + ", Organization " + rig_.organization();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Elements(all), 200);
    EXPECT_EQ(Ping(all), 200);
  }
}

TEST_F(SignInTest, EachTokenIsItsOwnInstances) {
  const std::string other = rig_.Connect();
  ASSERT_EQ(Ping(), 200);
  ASSERT_EQ(rig_.Element("GET", "/ping", other).status, 200);
  const std::string path = "/objects/person/metadata";
  ASSERT_EQ(Get(path, element()), 200);
  Change([](model::Instance& now) { now.secrets.insert_or_assign("token", Secret("revoked")); });
  EXPECT_EQ(rig_.Element("GET", path, other).status, 200);
  EXPECT_NE(Get(path, element()), 200);
  EXPECT_EQ(rig_.Element("GET", path, other).status, 200);
}

TEST_F(SignInTest, WhoIsRefusedIsLookedUpEachTime) {
  const int look_ups = rig_.catalogue().look_ups();
  EXPECT_EQ(Ping("Element x, User " + rig_.user()), 401);
  EXPECT_EQ(Ping("Element x, User " + rig_.user()), 401);
  EXPECT_EQ(rig_.catalogue().look_ups(), look_ups + 2);
}

class KnownCallersTest : public testing::Test {
 protected:
  static Sha256Digest Key(std::size_t i) { return Sha256Of(std::to_string(i)); }
  void Remember(std::uint64_t change_count, std::size_t i) {
    callers_.Remember(change_count, Key(i), {TenantId{static_cast<std::int64_t>(i) + 1}, {}, nullptr});
  }

  KnownCallers callers_;
};

TEST_F(KnownCallersTest, EachIsFoundUnderItsOwnKey) {
  for (std::size_t i = 0; i < KnownCallers::kMost; ++i) Remember(0, i);
  for (std::size_t i = 0; i < KnownCallers::kMost; ++i) {
    const Caller* const found = callers_.Find(0, Key(i));
    ASSERT_NE(found, nullptr) << i;
    EXPECT_EQ(found->tenant.value, static_cast<std::int64_t>(i) + 1);
  }
  EXPECT_EQ(callers_.Find(0, Key(KnownCallers::kMost)), nullptr);
}

TEST_F(KnownCallersTest, AKeyThatOnlyBeginsLikeAnotherIsNotIt) {
  Remember(0, 1);
  Sha256Digest key = Key(1);
  key.back() ^= 1;
  EXPECT_EQ(callers_.Find(0, key), nullptr);
}

TEST_F(KnownCallersTest, OneMoreThanTheMostMakesAllOthersForgotten) {
  for (std::size_t i = 0; i <= KnownCallers::kMost; ++i) Remember(0, i);
  for (std::size_t i = 0; i < KnownCallers::kMost; ++i) EXPECT_EQ(callers_.Find(0, Key(i)), nullptr) << i;
  EXPECT_NE(callers_.Find(0, Key(KnownCallers::kMost)), nullptr);
}

TEST_F(KnownCallersTest, AChangeMakesAllForgotten) {
  Remember(0, 1);
  EXPECT_NE(callers_.Find(0, Key(1)), nullptr);
  EXPECT_EQ(callers_.Find(1, Key(1)), nullptr);
}

TEST_F(KnownCallersTest, WhatWasLookedUpBeforeAChangeIsNotKeptBehindIt) {
  ASSERT_EQ(callers_.Find(7, Key(1)), nullptr);
  Remember(6, 1);
  EXPECT_EQ(callers_.Find(7, Key(1)), nullptr);
}

}  // namespace
}  // namespace rowcall::api

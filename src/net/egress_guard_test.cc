#include "net/egress_guard.h"

#include <gtest/gtest.h>

namespace rowcall::net {
namespace {

Endpoint At(std::string_view address, std::uint16_t port = 443) { return {*ParseIp(address), port}; }

class SpecialAddressTest : public testing::TestWithParam<const char*> {};

TEST_P(SpecialAddressTest, IsForbiddenByName) {
  const EgressGuard guard = *EgressGuard::Create({});
  const Result<void> verdict = guard.Check(At(GetParam()), {});
  ASSERT_FALSE(verdict) << GetParam();
  EXPECT_EQ(verdict.error().kind, ErrorKind::forbidden);
  EXPECT_TRUE(verdict.error().message.contains(" is ")) << verdict.error().message;
}

// First and last address of every range, and each transition form around a private one.
INSTANTIATE_TEST_SUITE_P(
    Vectors, SpecialAddressTest,
    testing::Values("0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
                    "127.0.0.0", "127.0.0.1", "127.255.255.255", "169.254.0.0", "169.254.169.254", "169.254.255.255",
                    "172.16.0.0", "172.31.255.255", "192.0.0.0", "192.0.0.255", "192.0.2.0", "192.0.2.255",
                    "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.0.0", "192.168.255.255", "192.175.48.1",
                    "198.18.0.0", "198.19.255.255", "198.51.100.0", "198.51.100.255", "203.0.113.0", "203.0.113.255",
                    "224.0.0.0", "239.255.255.255", "240.0.0.0", "255.255.255.255", "::", "::1", "::2",
                    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:0", "::127.0.0.1",
                    "::8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1",
                    "64:ff9b::169.254.169.254", "64:ff9b:1::1", "64:ff9b:1:ffff::8.8.8.8", "100::1", "100:0:0:1::1",
                    "2001::1", "2001:0:7f00:1::", "2001:0:808:808:0:0:80ff:fffe", "2001:1::1", "2001:2::1", "2001:3::1",
                    "2001:4:112::1", "2001:10::1", "2001:20::1", "2001:30::1", "2001:1ff::1", "2001:db8::1",
                    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::1",
                    "2002:c0a8:1::", "2620:4f:8000::1", "3fff::1", "3fff:fff::1", "5f00::1", "fc00::", "fdff::1",
                    "fd00:ec2::254", "fe80::1", "febf::1", "fec0::1", "feff::1", "ff00::", "ff02::1", "4000::1", "1::1",
                    "e000::1"));

class PublicAddressTest : public testing::TestWithParam<const char*> {};

TEST_P(PublicAddressTest, MayBeReached) {
  const EgressGuard guard = *EgressGuard::Create({});
  const Result<void> verdict = guard.Check(At(GetParam()), {});
  EXPECT_TRUE(verdict) << verdict.error().message;
}

INSTANTIATE_TEST_SUITE_P(Vectors, PublicAddressTest,
                         testing::Values("1.0.0.0", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255",
                                         "100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255",
                                         "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0",
                                         "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
                                         "203.0.112.255", "203.0.114.0", "223.255.255.255", "::ffff:8.8.8.8",
                                         "64:ff9b::8.8.8.8", "2002:808:808::1", "2001:0:808:808:0:0:f7f7:f7f7",
                                         "2001:200::1", "2001:db7::1", "2001:db9::1", "2606:4700::1", "2a00:1450::1",
                                         "3ffe::1"));

TEST(EgressGuardTest, OnlyTheUsualPortsAreOpen) {
  const EgressGuard guard = *EgressGuard::Create({});
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{80, 443, 8080, 8443})
    EXPECT_TRUE(guard.Check(At("8.8.8.8", port), {})) << port;
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{0, 22, 25, 81, 3306, 6379, 8081, 65535}) {
    EXPECT_FALSE(guard.Check(At("8.8.8.8", port), {})) << port;
  }
}

TEST(EgressGuardTest, AnAllowedNetworkIsExemptFromAddressAndPort) {
  const EgressGuard guard = *EgressGuard::Create({"10.1.0.0/16", "::1/128"});
  EXPECT_TRUE(guard.Check(At("10.1.255.255", 9090), {}));
  EXPECT_TRUE(guard.Check(At("::ffff:10.1.0.1", 9090), {}));
  EXPECT_TRUE(guard.Check(At("::1", 22), {}));
  EXPECT_FALSE(guard.Check(At("10.2.0.0", 443), {}));
  EXPECT_FALSE(guard.Check(At("::2", 443), {}));
  EXPECT_TRUE(guard.IsAllowedByHand(*ParseIp("10.1.2.3")));
  EXPECT_FALSE(guard.IsAllowedByHand(*ParseIp("8.8.8.8")));
}

TEST(EgressGuardTest, PlainHttpGoesOnlyWhereItWasAllowedByHand) {
  const EgressGuard guard = *EgressGuard::Create({"9.9.9.9"});
  EXPECT_TRUE(guard.Check(At("8.8.8.8"), {.plain = false}));
  EXPECT_TRUE(guard.Check(At("9.9.9.9", 80), {.plain = true}));
  for (const char* spelling : {"8.8.8.8", "::ffff:8.8.8.8", "64:ff9b::9.9.9.9", "2606:4700::1"}) {
    const Result<void> verdict = guard.Check(At(spelling, 80), {.plain = true});
    ASSERT_FALSE(verdict) << spelling;
    EXPECT_EQ(verdict.error().kind, ErrorKind::forbidden);
    EXPECT_TRUE(verdict.error().message.contains("plain http")) << verdict.error().message;
    EXPECT_TRUE(verdict.error().hint.contains("https") && verdict.error().hint.contains("--allow-egress"));
  }
}

TEST(EgressGuardTest, APublicAddressIsRefusedWhereOnlyThoseAllowedByHandMayBeReached) {
  const EgressGuard guard = *EgressGuard::Create({"9.9.9.9"});
  EXPECT_TRUE(guard.Check(At("9.9.9.9"), {.only_allowed_by_hand = true}));
  const Result<void> verdict = guard.Check(At("8.8.8.8"), {.only_allowed_by_hand = true});
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().kind, ErrorKind::forbidden);
  EXPECT_TRUE(verdict.error().hint.contains("--allow-egress"));
}

TEST(EgressGuardTest, OurOwnAddressIsRefusedEvenIfAllowed) {
  EgressGuard guard = *EgressGuard::Create({"127.0.0.0/8", "0.0.0.0/0", "::/0"});
  guard.RefuseOwn(At("127.0.0.1", 8080));
  for (const char* spelling :
       {"127.0.0.1", "::ffff:127.0.0.1", "0.0.0.0", "::", "64:ff9b::127.0.0.1", "2002:7f00:1::"}) {
    EXPECT_FALSE(guard.Check(At(spelling, 8080), {})) << spelling;
  }
  EXPECT_TRUE(guard.Check(At("127.0.0.1", 9090), {}));
  EXPECT_TRUE(guard.Check(At("127.0.0.2", 8080), {}));
}

TEST(EgressGuardTest, AnAnyAddressStandsForAllOfThisMachineAndNoOther) {
  EgressGuard guard = *EgressGuard::Create({"127.0.0.0/8", "::1"});
  guard.RefuseOwn(At("0.0.0.0", 443));
  for (const char* own : {"127.0.0.1", "127.9.9.9", "::1", "0.0.0.0"})
    EXPECT_FALSE(guard.Check(At(own, 443), {})) << own;
  EXPECT_TRUE(guard.Check(At("127.0.0.1", 444), {}));
  EXPECT_TRUE(guard.Check(At("8.8.8.8", 443), {}));
}

TEST(EgressGuardTest, ANetworkThatDoesNotParseIsNamed) {
  for (const char* text :
       {"", "10.0.0.0/33", "10.0.0/8", "::1/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "any"}) {
    const Result<EgressGuard> guard = EgressGuard::Create({"10.0.0.0/8", text});
    ASSERT_FALSE(guard) << text;
    EXPECT_EQ(guard.error().kind, ErrorKind::invalid);
    EXPECT_TRUE(guard.error().message.contains("\"" + std::string(text) + "\""));
  }
}

}  // namespace
}  // namespace rowcall::net

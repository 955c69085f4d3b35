// What stands on the command line, piece by piece.

#include <gtest/gtest.h>

#include <fstream>

#include "cli/access.h"
#include "cli/duration_text.h"
#include "cli/known_instances.h"
#include "cli/listen_address.h"
#include "cli/printable.h"
#include "cli/private_file.h"
#include "cli/secret_source.h"
#include "cli/size_text.h"
#include "cli/table.h"
#include "cli/test_surroundings.h"

namespace rowcall::cli {
namespace {

using std::string_view_literals::operator""sv;

TEST(DurationTextTest, ANumberAndAUnit) {
  EXPECT_EQ(ParseDuration("50ms"), std::chrono::milliseconds(50));
  EXPECT_EQ(ParseDuration("1.5s"), std::chrono::milliseconds(1'500));
  EXPECT_EQ(ParseDuration("2m"), std::chrono::minutes(2));
  EXPECT_EQ(ParseDuration("1h"), std::chrono::hours(1));
  EXPECT_EQ(ParseDuration("7d"), std::chrono::days(7));
  EXPECT_EQ(ParseDuration("0"), Duration(0));
}

TEST(DurationTextTest, AnythingElseIsRefused) {
  for (const char* text : {"", "s", "2", "-1s", "2 s", "2 days", "1e300s", "nans", "5sx"}) {
    EXPECT_FALSE(ParseDuration(text).has_value()) << text;
  }
}

TEST(SizeTextTest, AWholeNumberWithOrWithoutAUnit) {
  EXPECT_EQ(ParseSize("1"), 1u);
  EXPECT_EQ(ParseSize("64KiB"), 65'536u);
  EXPECT_EQ(ParseSize("500MiB"), 524'288'000u);
  EXPECT_EQ(ParseSize("10GiB"), 10'737'418'240u);
  EXPECT_EQ(ParseSize("1TiB"), 1'099'511'627'776u);
}

TEST(SizeTextTest, AnythingElseIsRefused) {
  for (const char* text : {"", "0", "0MiB", "-1", "+1", "1.5GiB", "1GB", "1 GiB", "GiB", "16777216TiB", "1e9"}) {
    EXPECT_FALSE(ParseSize(text).has_value()) << text;
  }
}

TEST(ListenAddressTest, OnlyLoopbackIsOursAlone) {
  EXPECT_TRUE(IsLoopback("127.0.0.1"));
  EXPECT_TRUE(IsLoopback("127.9.9.9"));
  EXPECT_TRUE(IsLoopback("::1"));
  for (const char* host : {"0.0.0.0", "::", "192.168.1.2", "12.7.0.1", "::ffff:10.0.0.1"}) {
    EXPECT_FALSE(IsLoopback(host)) << host;
  }
  EXPECT_EQ(AddressOf("http", "::1", 80), "http://[::1]:80");
}

TEST(SecretSourceTest, FromAFileStandardInputOrTheEnvironment) {
  const TemporaryFolder folder;
  TestSurroundings machine;
  std::ofstream(folder.At("token")) << "from-file\r\n";
  machine.in.str("from-input\n");
  machine.variables["TOKEN"] = "from-environment";
  EXPECT_EQ(ReadSecret("a.b=@" + folder.At("token"), machine.surroundings)->second.Reveal(), "from-file");
  EXPECT_EQ(ReadSecret("a.b=-", machine.surroundings)->second.Reveal(), "from-input");
  const auto secret = ReadSecret("a.b=env:TOKEN", machine.surroundings);
  EXPECT_EQ(secret->first, "a.b");
  EXPECT_EQ(secret->second.Reveal(), "from-environment");
}

TEST(SecretSourceTest, NeverFromTheCommandLineItself) {
  TestSurroundings machine;
  const auto secret = ReadSecret("a.b=hunter2", machine.surroundings);
  ASSERT_FALSE(secret.has_value());
  EXPECT_EQ(secret.error().message.find("hunter2"), std::string::npos);
  EXPECT_FALSE(ReadSecret("a.b=", machine.surroundings).has_value());
  EXPECT_FALSE(ReadSecret("a.b=-", machine.surroundings).has_value()) << "an empty secret";
}

TEST(SecretSourceTest, APersonIsAskedForOneLine) {
  TestSurroundings machine;
  machine.surroundings.in_is_terminal = true;
  machine.in.str("first\nsecond\n");
  EXPECT_EQ(ReadSecret("a.b=-", machine.surroundings)->second.Reveal(), "first");
  EXPECT_EQ(ReadSecret("c.d=-", machine.surroundings)->second.Reveal(), "second");
  EXPECT_EQ(machine.err.str(), "a.b: \nc.d: \n");
  EXPECT_FALSE(ReadSecret("e.f=-", machine.surroundings).has_value());
}

TEST(PrintableTest, NothingInItDrivesATerminal) {
  EXPECT_EQ(Printable("a\x1b[31mb\x7f\r\n\t\0c"sv), "a [31mb     c");
  EXPECT_EQ(Printable("C1 in UTF-8: \xc2\x9b, alone: \x9b."), "C1 in UTF-8:  , alone: ?.");
  EXPECT_EQ(Printable("é \xc2\xa0█ \xf0\x9f\x98\x80"), "é \xc2\xa0█ \xf0\x9f\x98\x80");
  EXPECT_EQ(Printable("cut \xe2\x96"), "cut ??");
  EXPECT_EQ(PrintableLines("one\ntwo\x1b]0;x\x07"), "one\ntwo ]0;x ");
}

TEST(TableTest, ColumnsAreAlignedAndNothingDrivesTheTerminal) {
  EXPECT_EQ(Table({{"ROW", "REASON"}, {"10", "é\x1b[2J"}}), "ROW  REASON\n10   é [2J\n");
  EXPECT_EQ(Table({{"ROW", "REASON"}, {"\xc2\x9b", "x"}}), "ROW  REASON\n     x\n");
}

class AccessTest : public testing::Test {
 protected:
  AccessTest() {
    machine_.variables["XDG_CONFIG_HOME"] = folder_.At("config");
    EXPECT_TRUE(WritePrivateFile(folder_.At("admin.json"), R"({"user":"u1","organization":"o1"})").has_value());
  }
  void Remember(const std::string& name) {
    const KnownInstance instance{name, "toy", "http://known:1", 1, Secret("u-" + name), Secret("t-" + name), Secret()};
    EXPECT_TRUE(RememberInstance(KnownInstancesPath(environment_), instance).has_value());
  }

  TemporaryFolder folder_;
  TestSurroundings machine_;
  const Environment& environment_ = machine_.surroundings.environment;
};

TEST_F(AccessTest, ServerAndCredentialsComeFromFlagsThenTheEnvironment) {
  machine_.variables["ROWCALL_SERVER"] = "http://environment:1/";
  machine_.variables["ROWCALL_CREDENTIALS"] = folder_.At("admin.json");
  EXPECT_EQ(ServerAccess({}, environment_)->server, "http://environment:1");
  EXPECT_EQ(ServerAccess({.server = "http://flag:1", .credentials = "", .instance = ""}, environment_)->server,
            "http://flag:1");
  EXPECT_EQ(ServerAccess({}, environment_)->user.Reveal(), "u1");
  EXPECT_EQ(ServerAccess({}, environment_)->organization.Reveal(), "o1");
}

TEST_F(AccessTest, ARememberedInstanceIsEnough) {
  Remember("a");
  Remember("b");
  const Access last = *InstanceAccess({}, environment_);
  EXPECT_EQ(last.server, "http://known:1");
  EXPECT_EQ(last.user.Reveal(), "u-b");
  EXPECT_EQ(last.token.Reveal(), "t-b");
  EXPECT_EQ(InstanceAccess({.server = "", .credentials = "", .instance = "a"}, environment_)->token.Reveal(), "t-a");
  machine_.variables["ROWCALL_SERVER"] = "http://environment:1";
  EXPECT_EQ(InstanceAccess({}, environment_)->server, "http://environment:1");
}

TEST_F(AccessTest, ATokenOfTheEnvironmentNeedsNoRememberedInstance) {
  machine_.variables["ROWCALL_TOKEN"] = "t9";
  machine_.variables["ROWCALL_CREDENTIALS"] = folder_.At("admin.json");
  const Access access = *InstanceAccess({}, environment_);
  EXPECT_EQ(access.token.Reveal(), "t9");
  EXPECT_EQ(access.user.Reveal(), "u1");
}

TEST_F(AccessTest, WithoutAnInstanceTheNextStepIsNamed) {
  const auto access = InstanceAccess({}, environment_);
  ASSERT_FALSE(access.has_value());
  EXPECT_EQ(access.error().kind, ErrorKind::unauthenticated);
  EXPECT_NE(access.error().hint.find("rowcall connect"), std::string::npos);
}

}  // namespace
}  // namespace rowcall::cli

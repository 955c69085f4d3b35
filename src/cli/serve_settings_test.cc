#include "cli/serve_settings.h"

#include <gtest/gtest.h>

#include <fstream>

#include "cli/test_surroundings.h"

namespace rowcall::cli {
namespace {

class ServeSettingsTest : public testing::Test {
 protected:
  Result<GivenSettings> ReadFile(const std::string& yaml) {
    std::ofstream(folder_.At("rowcall.yaml")) << yaml;
    return ReadSettingsFile(folder_.At("rowcall.yaml"));
  }

  TemporaryFolder folder_;
  TestSurroundings machine_;
};

TEST_F(ServeSettingsTest, AFlagBeatsTheEnvironmentWhichBeatsTheFileWhichBeatsTheDefault) {
  const GivenSettings file = *ReadFile("listen: 127.0.0.1:3\ndata: from-file\nlog-level: debug\n");
  machine_.variables["ROWCALL_LISTEN"] = "127.0.0.1:2";
  machine_.variables["ROWCALL_DATA"] = "from-environment";
  const auto settings = *ResolveServeSettings({{"listen", {"127.0.0.1:1"}}}, machine_.surroundings.environment, file);
  EXPECT_EQ(settings.listen, "127.0.0.1:1");
  EXPECT_EQ(settings.data, "from-environment");
  EXPECT_EQ(settings.log_level, "debug");
  EXPECT_EQ(settings.connectors, "");
}

TEST_F(ServeSettingsTest, AListIsTakenWholeFromTheStrongestSource) {
  const GivenSettings file = *ReadFile("allow-egress: [10.0.0.0/8, 127.0.0.0/8]\n");
  EXPECT_EQ(ResolveServeSettings({}, machine_.surroundings.environment, file)->allow_egress,
            (std::vector<std::string>{"10.0.0.0/8", "127.0.0.0/8"}));
  machine_.variables["ROWCALL_ALLOW_EGRESS"] = "::1/128, 192.168.0.0/16";
  EXPECT_EQ(ResolveServeSettings({}, machine_.surroundings.environment, file)->allow_egress,
            (std::vector<std::string>{"::1/128", "192.168.0.0/16"}));
}

TEST_F(ServeSettingsTest, OnlyAListIsSplitAtCommas) {
  machine_.variables["ROWCALL_DATA"] = "/a,b";
  machine_.variables["ROWCALL_CONNECTORS"] = "/c, d";
  const auto settings = *ResolveServeSettings({}, machine_.surroundings.environment, {});
  EXPECT_EQ(settings.data, "/a,b");
  EXPECT_EQ(settings.connectors, "/c, d");
}

TEST_F(ServeSettingsTest, TlsAndTheLongestUploadAreSettingsLikeAllOthers) {
  machine_.variables["ROWCALL_TLS_CERTIFICATE"] = "/etc/own.pem";
  machine_.variables["ROWCALL_MAX_UPLOAD_SIZE"] = "5MiB";
  const GivenSettings file = *ReadFile("tls-certificate: /etc/other.pem\ntls-key: /etc/own.key\n");
  const auto settings = *ResolveServeSettings({}, machine_.surroundings.environment, file);
  EXPECT_EQ(settings.tls_certificate, "/etc/own.pem");
  EXPECT_EQ(settings.tls_key, "/etc/own.key");
  EXPECT_EQ(settings.max_upload_size, "5MiB");
}

TEST_F(ServeSettingsTest, AnUnknownKeyOfTheFileIsNamedWithItsNeighbour) {
  const auto read = ReadFile("lisen: 127.0.0.1:3\n");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().kind, ErrorKind::invalid);
  EXPECT_NE(read.error().message.find("\"lisen\""), std::string::npos);
  EXPECT_EQ(read.error().hint, "Did you mean \"listen\"?");
}

TEST_F(ServeSettingsTest, AFileThatIsNotThereIsAnError) {
  EXPECT_EQ(ReadSettingsFile(folder_.At("none")).error().kind, ErrorKind::not_found);
}

TEST_F(ServeSettingsTest, AnEmptyFileGivesNothing) { EXPECT_TRUE(ReadFile("# nothing\n")->empty()); }

TEST_F(ServeSettingsTest, AValueThatCannotBeIsRefusedWithItsSource) {
  machine_.variables["ROWCALL_LISTEN_ANYWAY_WITHOUT_TLS"] = "perhaps";
  const auto settings = ResolveServeSettings({}, machine_.surroundings.environment, {});
  ASSERT_FALSE(settings.has_value());
  EXPECT_NE(settings.error().message.find("environment"), std::string::npos);
  machine_.variables.clear();
  EXPECT_FALSE(ResolveServeSettings({{"log-level", {"loud"}}}, machine_.surroundings.environment, {}).has_value());
  EXPECT_FALSE(ResolveServeSettings({{"data", {"a", "b"}}}, machine_.surroundings.environment, {}).has_value());
  EXPECT_FALSE(
      ResolveServeSettings({{"max-upload-size", {"much"}}}, machine_.surroundings.environment, {}).has_value());
}

TEST_F(ServeSettingsTest, RowsAreKeptForSevenDaysAndCountsForNinetyUnlessSaidOtherwise) {
  const auto keep = [&](const GivenSettings& flags) {
    const auto settings = ResolveServeSettings(flags, machine_.surroundings.environment, {});
    return settings ? KeepOf(*settings) : std::unexpected(settings.error());
  };
  EXPECT_EQ(keep({})->rows, std::chrono::days(7));
  EXPECT_EQ(keep({})->counts, std::chrono::days(90));
  EXPECT_EQ(keep({{"keep-rows", {"0"}}})->rows, Duration(0));
  EXPECT_EQ(keep({{"keep-rows", {"36h"}}, {"keep-counts", {"forever"}}})->counts, std::nullopt);
  EXPECT_FALSE(keep({{"keep-rows", {"a week"}}}));
  // Counts outlive the rows that they count.
  EXPECT_FALSE(keep({{"keep-rows", {"100d"}}}));
  EXPECT_FALSE(keep({{"keep-rows", {"forever"}}}));
  EXPECT_TRUE(keep({{"keep-rows", {"forever"}}, {"keep-counts", {"forever"}}}));
}

TEST_F(ServeSettingsTest, WhatIsPrintedReadsBackAsTheSameSettings) {
  const auto settings = *ResolveServeSettings({{"data", {"./da ta"}}, {"allow-egress", {"10.0.0.0/8", "::1/128"}}},
                                              machine_.surroundings.environment, {});
  const std::string yaml = ToYaml(settings);
  EXPECT_NE(yaml.find("data: \"./da ta\"  # flag"), std::string::npos) << yaml;
  EXPECT_NE(yaml.find("listen: \"127.0.0.1:8080\"  # default"), std::string::npos) << yaml;
  const auto again = *ResolveServeSettings({}, machine_.surroundings.environment, *ReadFile(yaml));
  EXPECT_EQ(again.data, settings.data);
  EXPECT_EQ(again.allow_egress, settings.allow_egress);
  EXPECT_EQ(again.listen, settings.listen);
}

}  // namespace
}  // namespace rowcall::cli

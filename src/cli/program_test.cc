#include "cli/program.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/text.h"
#include "cli/private_file.h"
#include "cli/test_surroundings.h"
#include "sandbox/options.h"

namespace rowcall::cli {
namespace {

namespace fs = std::filesystem;

class ProgramTest : public testing::Test {
 protected:
  ProgramTest() {
    // A connector of no service, for the examples in the help.
    fs::create_directories(folder_.At("connectors/acme/objects"));
    std::ofstream(folder_.At("connectors/acme/connector.yaml")) << "connector: acme\n";
    std::ofstream(folder_.At("connectors/acme/objects/person.yaml")) << "object: person\n";
    machine_.variables["ROWCALL_CONNECTORS"] = folder_.At("connectors");
    machine_.variables["XDG_CONFIG_HOME"] = folder_.At("config");
  }
  ExitCode Run(const std::vector<std::string>& arguments) { return RunProgram(arguments, machine_.surroundings); }

  TemporaryFolder folder_;
  TestSurroundings machine_;
};

TEST_F(ProgramTest, AnUnknownCommandIsUsageAndItsNeighbourIsNamed) {
  EXPECT_EQ(Run({"uplaod", "person", "people.csv"}), ExitCode::usage);
  EXPECT_NE(machine_.err.str().find("Did you mean \"upload\"?"), std::string::npos) << machine_.err.str();
  EXPECT_EQ(machine_.out.str(), "");
}

TEST_F(ProgramTest, AnUnknownFlagIsUsageAndItsNeighbourIsNamed) {
  EXPECT_EQ(Run({"upload", "person", "people.csv", "--regoin", "US"}), ExitCode::usage);
  EXPECT_NE(machine_.err.str().find("Did you mean \"--region\"?"), std::string::npos) << machine_.err.str();
}

TEST_F(ProgramTest, AMissingOrImpossibleValueIsUsage) {
  EXPECT_EQ(Run({"upload", "person"}), ExitCode::usage);
  EXPECT_EQ(Run({"status", "seventeen"}), ExitCode::usage);
  EXPECT_EQ(Run({"upload", "person", "people.csv", "--action", "delete"}), ExitCode::usage);
  EXPECT_EQ(Run({"rows", "1", "--outcome", "lost"}), ExitCode::usage);
  EXPECT_EQ(Run({"sandbox", "another-service"}), ExitCode::usage);
  EXPECT_EQ(Run({}), ExitCode::usage);
}

TEST_F(ProgramTest, HelpAndVersionGoToStandardOutputAndAreFine) {
  EXPECT_EQ(Run({"--help"}), ExitCode::fine);
  EXPECT_NE(machine_.out.str().find("upload"), std::string::npos);
  machine_.out.str("");
  EXPECT_EQ(Run({"--version"}), ExitCode::fine);
  EXPECT_TRUE(machine_.out.str().starts_with("rowcall ")) << machine_.out.str();
  EXPECT_EQ(machine_.err.str(), "");
}

TEST_F(ProgramTest, ServeRefusesToListenWhereOthersCanReadAlong) {
  EXPECT_EQ(Run({"serve", "--data", folder_.At("data"), "--listen", "0.0.0.0:0"}), ExitCode::usage);
  EXPECT_NE(machine_.err.str().find("--listen-anyway-without-tls"), std::string::npos);
  EXPECT_FALSE(fs::exists(folder_.At("data")));
}

TEST_F(ProgramTest, ServeNeedsAFolder) {
  EXPECT_EQ(Run({"serve"}), ExitCode::usage);
  EXPECT_NE(machine_.err.str().find("--data DIR"), std::string::npos);
}

TEST_F(ProgramTest, AValueThatOnlyTheCommandCanJudgeIsUsageToo) {
  EXPECT_EQ(Run({"serve", "--data", folder_.At("data"), "--listen", "nowhere"}), ExitCode::usage);
  EXPECT_EQ(Run({"serve", "--data", folder_.At("data"), "--log-level", "loud"}), ExitCode::usage);
  EXPECT_EQ(Run({"connect", "acme", "--set", "foo"}), ExitCode::usage);
  EXPECT_EQ(Run({"sandbox", sandbox::kServiceName, "--listen", "nowhere"}), ExitCode::usage);
}

TEST_F(ProgramTest, ServePrintsItsSettingsWithTheirSources) {
  std::ofstream(folder_.At("rowcall.yaml")) << "log-level: warning\n";
  machine_.variables["ROWCALL_DATA"] = "/var/lib/rowcall";
  const std::string config = folder_.At("rowcall.yaml");
  EXPECT_EQ(Run({"serve", "--print-config", "--config", config, "--listen", "127.0.0.1:1", "--allow-egress",
                 "10.0.0.0/8", "--allow-egress", "::1/128"}),
            ExitCode::fine);
  EXPECT_EQ(machine_.out.str(),
            "listen: \"127.0.0.1:1\"  # flag\n"
            "data: \"/var/lib/rowcall\"  # environment\n"
            "tls-certificate: \"\"  # default\n"
            "tls-key: \"\"  # default\n"
            "listen-anyway-without-tls: false  # default\n"
            "max-upload-size: \"100GiB\"  # default\n"
            "allow-egress: [\"10.0.0.0/8\", \"::1/128\"]  # flag\n"
            "connectors: \"" +
                folder_.At("connectors") +
                "\"  # environment\n"
                "keep-rows: \"7d\"  # default\n"
                "keep-counts: \"90d\"  # default\n"
                "log-level: \"warning\"  # file\n");
}

TEST_F(ProgramTest, ASecretOnTheCommandLineIsRefused) {
  EXPECT_EQ(Run({"connect", "acme", "--secret", "api.key=hunter2"}), ExitCode::usage);
  EXPECT_NE(machine_.err.str().find("KEY=@FILE"), std::string::npos) << machine_.err.str();
  EXPECT_EQ(machine_.err.str().find("hunter2"), std::string::npos);
}

TEST_F(ProgramTest, WithoutCredentialsTheExitCodeSaysSo) {
  EXPECT_EQ(Run({"objects"}), ExitCode::authentication);
  EXPECT_EQ(Run({"connect", "acme"}), ExitCode::authentication);
}

TEST_F(ProgramTest, AFileOfCredentialsThatCannotBeReadIsNoUsageError) {
  ASSERT_TRUE(WritePrivateFile(folder_.At("admin.json"), "[").has_value());
  EXPECT_EQ(Run({"connect", "acme", "--credentials", folder_.At("admin.json")}), ExitCode::authentication);
  fs::create_directories(folder_.At("config/rowcall"));
  ASSERT_TRUE(WritePrivateFile(folder_.At("config/rowcall/instances.json"), "[").has_value());
  EXPECT_EQ(Run({"objects"}), ExitCode::error);
}

/// The help of every command, as it was last agreed on. To agree on a new one: run this test with
/// ROWCALL_WRITE_GOLDEN=1 and look at the difference.
class GoldenHelpTest : public ProgramTest, public testing::WithParamInterface<std::string> {};

TEST_P(GoldenHelpTest, IsAsAgreedOn) {
  const std::string command = GetParam();
  std::vector<std::string> line;
  for (const std::string_view word : Split(command, '_')) {
    if (word != "rowcall") line.emplace_back(word);
  }
  line.emplace_back("--help");
  ASSERT_EQ(Run(line), ExitCode::fine);
  const std::string path = ROWCALL_SOURCE_DIR "/src/cli/golden_help/" + command + ".txt";
  if (std::getenv("ROWCALL_WRITE_GOLDEN") != nullptr) std::ofstream(path) << machine_.out.str();
  std::stringstream golden;
  golden << std::ifstream(path).rdbuf();
  EXPECT_EQ(machine_.out.str(), golden.str());
  EXPECT_NE(machine_.out.str().find(command == "rowcall" ? "upload" : "Examples:"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Commands, GoldenHelpTest,
                         testing::Values("rowcall", "serve", "sandbox", "connect", "objects", "fields", "upload",
                                         "status", "watch", "rows", "results", "retry", "undo", "jobs", "pause",
                                         "resume", "cancel", "purge", "keys", "keys_rotate"),
                         [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace rowcall::cli

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "connector/answer.h"
#include "connector/connector.h"
#include "connector/yaml.h"

/// Every folder in connectors/ must load, and every answer in its fixtures must mean what stands beside it.
namespace rowcall::connector {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> Folders() {
  std::vector<fs::path> folders;
  for (const fs::directory_entry& entry : fs::directory_iterator(ROWCALL_SOURCE_DIR "/connectors")) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  return folders;
}

YamlNode Fixture(const fs::path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  auto parsed = ParseYaml(text.str());
  if (!parsed) ADD_FAILURE() << file << ":" << parsed.error().line << ": " << parsed.error().message;
  return parsed ? *parsed : YamlNode{};
}

std::string Text(const YamlNode& node, std::string_view key) {
  const YamlNode* value = node.Find(key);
  return value == nullptr ? "" : value->text;
}

std::optional<CallTemplate> CallOf(const ObjectSpec& object, const std::string& name) {
  if (name == "create") return object.create;
  if (name == "upsert") return object.upsert;
  if (name == "read") return object.read;
  if (name == "update") return object.update;
  if (name == "archive") return object.archive;
  if (name == "restore") return object.restore;
  if (name == "lookup" && object.lookup) return object.lookup->find.call;
  if (name == "discover" && object.discover) return object.discover->call;
  if (name.starts_with("find ")) {
    const FindSpec* find = object.FindBy(name.substr(5));
    return find == nullptr ? std::nullopt : std::optional(find->call);
  }
  for (const StepSpec& step : object.steps) {
    if (step.name == name) return step.call;
  }
  return std::nullopt;
}

void CheckAnswer(const Connector& connector, const YamlNode& fixture) {
  SCOPED_TRACE(Text(fixture, "name") + ", line " + std::to_string(fixture.line));
  const ObjectSpec* object = connector.Find(Text(fixture, "object"));
  const std::optional<CallTemplate> call =
      object == nullptr ? std::optional(connector.test) : CallOf(*object, Text(fixture, "call"));
  ASSERT_TRUE(call) << "no call '" << Text(fixture, "call") << "'";
  const std::vector<std::pair<std::string, std::string>> headers = {{"Link", Text(fixture, "link")}};
  const std::string body = Text(fixture, "body");
  const Verdict verdict = Classify(connector, *call, {std::stoi(Text(fixture, "status")), &headers, body});
  EXPECT_EQ(Name(verdict.meaning), Text(fixture, "means"));
  EXPECT_EQ(verdict.id, Text(fixture, "id"));
  EXPECT_EQ(verdict.reason->code, Text(fixture, "code"));
}

TEST(ConnectorFoldersTest, EveryConnectorHasTheSameRoster) {
  ASSERT_FALSE(Folders().empty());
  for (const fs::path& folder : Folders()) {
    for (const char* name : {"connector.yaml", "README.md", "objects", "fixtures/answers.yaml"}) {
      EXPECT_TRUE(fs::exists(folder / name)) << folder / name;
    }
  }
}

TEST(ConnectorFoldersTest, EveryConnectorLoads) {
  for (const fs::path& folder : Folders()) {
    const auto bundle = ReadBundle(folder);
    ASSERT_TRUE(bundle) << bundle.error().message;
    for (const Finding& finding : Lint(*bundle)) ADD_FAILURE() << folder.filename() << "/" << ToText(finding);
    const auto connector = Load(*bundle);
    ASSERT_TRUE(connector);
    EXPECT_EQ((*connector)->key, folder.filename());
  }
}

TEST(ConnectorFoldersTest, EveryAnswerMeansWhatItsFixtureSays) {
  for (const fs::path& folder : Folders()) {
    const auto connector = Load(ReadBundle(folder).value());
    ASSERT_TRUE(connector);
    for (const YamlNode& fixture : Fixture(folder / "fixtures/answers.yaml").children)
      CheckAnswer(**connector, fixture);
  }
}

TEST(ReadBundleTest, AFolderThatIsNotThereIsNamed) {
  const auto bundle = ReadBundle("/nonexistent/connector");
  ASSERT_FALSE(bundle);
  EXPECT_EQ(bundle.error().kind, ErrorKind::not_found);
  EXPECT_NE(bundle.error().message.find("/nonexistent/connector/connector.yaml"), std::string::npos);
}

}  // namespace
}  // namespace rowcall::connector

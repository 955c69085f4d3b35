#include "connector/yaml.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace rowcall::connector {
namespace {

TEST(YamlTest, ATreeKeepsOrderLinesAndQuotes) {
  const auto root = ParseYaml("b: 1\na:\n  - \"2\"\n  - three\n");
  ASSERT_TRUE(root);
  ASSERT_EQ(root->children.size(), 2u);
  EXPECT_EQ(root->children[0].key, "b");
  EXPECT_FALSE(root->children[0].quoted);
  const YamlNode* a = root->Find("a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->kind, YamlNode::Kind::list);
  EXPECT_TRUE(a->children[0].quoted);
  EXPECT_EQ(a->children[1].text, "three");
  EXPECT_EQ(a->children[1].line, 4);
}

TEST(YamlTest, AnEmptyTextIsANullNode) {
  EXPECT_EQ(ParseYaml("")->kind, YamlNode::Kind::null);
  EXPECT_EQ(ParseYaml("# only a comment\n")->kind, YamlNode::Kind::null);
  EXPECT_EQ(ParseYaml("")->line, 1);
}

struct Refusal {
  std::string text;
  int line;
  std::string message;
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.message; }

class YamlRefusalTest : public testing::TestWithParam<Refusal> {};

TEST_P(YamlRefusalTest, IsRefusedWithItsLine) {
  const auto root = ParseYaml(GetParam().text);
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().line, GetParam().line) << root.error().message;
  EXPECT_NE(root.error().message.find(GetParam().message), std::string::npos) << root.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    All, YamlRefusalTest,
    testing::Values(Refusal{"a: 1\nb: 2\na: 3\n", 3, "duplicate key 'a'; the first is on line 1"},
                    Refusal{"a: &x 1\n", 1, "anchors"}, Refusal{"a: &x {}\nb: *x\n", 1, "anchors"},
                    Refusal{"a: !!int 1\n", 1, "tags"}, Refusal{"? [a, b]\n: 1\n", 1, "a key must be"},
                    Refusal{"a: 1\n---\nb: 2\n", 1, "more than one document"},
                    Refusal{"a: 1\nb: [1, 2\n", 3, "not YAML"}, Refusal{"a: 1\n\tb: 2\n", 2, "not YAML"},
                    Refusal{"a: 1\nb: \xff\n", 2, "not UTF-8"}, Refusal{"a: 1\n\x04\nb: 2\n", 2, "control character"},
                    Refusal{std::string("a: 1\nb: x\0y\n", 12), 2, "control character"},
                    Refusal{std::string(33, '[') + std::string(33, ']'), 1, "nested deeper than 32"},
                    Refusal{std::string((1 << 20) + 1, '#'), 1, "larger than 1 MiB"}));

TEST(YamlTest, AMebibyteOfKeysIsReadInTime) {
  std::string text;
  for (int i = 0; text.size() < (1 << 20) - 10; ++i) text += std::to_string(i) + ":\n";
  EXPECT_EQ(std::ssize(ParseYaml(text)->children), std::ranges::count(text, '\n'));
}

TEST(YamlTest, ThirtyTwoLevelsAreAllowed) { EXPECT_TRUE(ParseYaml(std::string(32, '[') + std::string(32, ']'))); }

}  // namespace
}  // namespace rowcall::connector

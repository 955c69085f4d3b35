// Any text as a file of a connector: it is loaded, or refused with findings that name lines of it, in bounded time; and
// what is loaded survives being packed.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/text.h"
#include "connector/test_connector.h"
#include "connector/yaml.h"

namespace {

using rowcall::connector::Bundle;
using rowcall::connector::Connector;
using rowcall::connector::Finding;
using rowcall::connector::YamlNode;

constexpr int kMostLevels = 32;

void CheckTree(const YamlNode& node, int lines, int level) {
  const bool holds_others = node.kind == YamlNode::Kind::list || node.kind == YamlNode::Kind::map;
  ROWCALL_ASSERT(!holds_others || level <= kMostLevels);
  ROWCALL_ASSERT(holds_others || node.children.empty());
  ROWCALL_ASSERT(node.line <= lines);
  std::set<std::string_view> keys;
  for (const YamlNode& child : node.children) {
    if (node.kind == YamlNode::Kind::map) ROWCALL_ASSERT(keys.insert(child.key).second);
    CheckTree(child, lines, level + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  static const Bundle kGood = rowcall::connector::TestBundle();
  const std::string file = std::next(kGood.begin(), data[0] % static_cast<std::ptrdiff_t>(kGood.size()))->first;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const int lines = 1 + static_cast<int>(std::ranges::count(text, '\n'));

  if (const auto root = rowcall::connector::ParseYaml(text)) CheckTree(*root, lines + 1, 1);

  Bundle bundle = kGood;
  bundle[file] = text;
  const auto findings = rowcall::connector::Lint(bundle);
  for (const Finding& finding : findings) {
    ROWCALL_ASSERT(finding.line >= 1 && (finding.file != file || finding.line <= lines + 1));
  }
  if (!findings.empty()) return 0;
  const auto loaded = rowcall::connector::Load(bundle);
  ROWCALL_ASSERT(loaded.has_value());
  const auto again =
      rowcall::connector::Load(*rowcall::connector::UnpackBundle(rowcall::connector::PackBundle(bundle)));
  ROWCALL_ASSERT(again.has_value() && (*again)->digest == (*loaded)->digest);
  for (const std::string& name : (*loaded)->ObjectNames()) ROWCALL_ASSERT((*loaded)->Find(name) != nullptr);
  return 0;
}

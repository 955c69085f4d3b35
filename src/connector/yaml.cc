#include "connector/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "base/text.h"

namespace rowcall::connector {

namespace {

constexpr std::size_t kMaxBytes = 1 << 20;
constexpr std::size_t kMaxDepth = 32;

/// Leaves the library's parser; never leaves this file.
struct Refused {
  YamlFault fault;
};

int LineOf(const YAML::Mark& mark) { return mark.line + 1; }

[[noreturn]] void Refuse(const YAML::Mark& mark, std::string message) {
  throw Refused{{LineOf(mark), std::move(message)}};
}

/// Builds the tree from the parser's events, so that what the tree cannot hold is seen and refused.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder() { root_.line = 1; }
  YamlNode Take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Refuse(mark, "aliases are not allowed; write it out");
  }
  void OnAnchor(const YAML::Mark& mark, const std::string&) override { Refuse(mark, "anchors are not allowed"); }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { Add(NodeAt(mark, YamlNode::Kind::null)); }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override {
    CheckTag(mark, tag);
    YamlNode node = NodeAt(mark, YamlNode::Kind::scalar);
    node.quoted = tag == "!";
    node.text = value;
    Add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    Open(mark, tag, YamlNode::Kind::list);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) override {
    Open(mark, tag, YamlNode::Kind::map);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapEnd() override { Close(); }

 private:
  struct Frame {
    YamlNode node;
    std::optional<std::string> key;  ///< Of a map: read, its value not yet.
    std::unordered_map<std::string, int> key_lines;  ///< Of a map: where each key stands.
  };

  static YamlNode NodeAt(const YAML::Mark& mark, YamlNode::Kind kind) {
    YamlNode node;
    node.kind = kind;
    node.line = LineOf(mark);
    return node;
  }

  static void CheckTag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") Refuse(mark, "tags are not allowed: " + tag);
  }

  void Open(const YAML::Mark& mark, const std::string& tag, YamlNode::Kind kind) {
    CheckTag(mark, tag);
    if (open_.size() == kMaxDepth) Refuse(mark, "nested deeper than " + std::to_string(kMaxDepth) + " levels");
    if (AwaitsKey()) Refuse(mark, "a key must be a single word or text");
    open_.push_back({NodeAt(mark, kind), std::nullopt, {}});
  }

  void Close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    Add(std::move(node));
  }

  bool AwaitsKey() const {
    return !open_.empty() && open_.back().node.kind == YamlNode::Kind::map && !open_.back().key;
  }

  void Add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (AwaitsKey()) {
      AddKey(node);
    } else {
      Frame& frame = open_.back();
      if (frame.key) node.key = *std::exchange(frame.key, std::nullopt);
      frame.node.children.push_back(std::move(node));
    }
  }

  void AddKey(const YamlNode& node) {
    Frame& frame = open_.back();
    if (node.kind != YamlNode::Kind::scalar) throw Refused{{node.line, "a key must be a single word or text"}};
    const auto [first, fresh] = frame.key_lines.emplace(node.text, node.line);
    if (!fresh) {
      throw Refused{
          {node.line, "duplicate key '" + node.text + "'; the first is on line " + std::to_string(first->second)}};
    }
    frame.key = node.text;
  }

  YamlNode root_;
  std::vector<Frame> open_;
};

/// The library takes one of them for the end of the text, and says nothing.
bool IsControl(char c) { return (c >= 0 && c < ' ' && !std::string_view("\t\n\r").contains(c)) || c == '\x7f'; }

int LineOfByte(std::string_view text, std::size_t offset) {
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

}  // namespace

const YamlNode* YamlNode::Find(std::string_view name) const {
  if (kind != Kind::map) return nullptr;
  const auto found = std::find_if(children.begin(), children.end(), [&](const YamlNode& n) { return n.key == name; });
  return found == children.end() ? nullptr : &*found;
}

std::expected<YamlNode, YamlFault> ParseYaml(std::string_view text) {
  if (text.size() > kMaxBytes) return std::unexpected(YamlFault{1, "larger than 1 MiB"});
  if (const std::size_t bad = FirstInvalidUtf8(text); bad != std::string_view::npos) {
    return std::unexpected(YamlFault{LineOfByte(text, bad), "not UTF-8 at byte " + std::to_string(bad)});
  }
  if (const auto control = std::ranges::find_if(text, IsControl); control != text.end()) {
    const auto at = static_cast<std::size_t>(control - text.begin());
    return std::unexpected(YamlFault{LineOfByte(text, at), "a control character at byte " + std::to_string(at)});
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder;
    parser.HandleNextDocument(builder);
    YamlNode root = builder.Take();
    TreeBuilder second;
    if (parser.HandleNextDocument(second)) return std::unexpected(YamlFault{1, "more than one document"});
    return root;
  } catch (const Refused& refused) {
    return std::unexpected(refused.fault);
  } catch (const YAML::Exception& error) {
    return std::unexpected(YamlFault{std::max(1, LineOf(error.mark)), "not YAML: " + error.msg});
  }
}

}  // namespace rowcall::connector

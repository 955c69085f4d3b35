#include <map>
#include <set>

#include "base/crypto.h"
#include "base/text.h"
#include "connector/check.h"
#include "connector/connector.h"
#include "connector/specification.h"

namespace rowcall::connector {

namespace {

constexpr std::string_view kMainFile = "connector.yaml";

struct ObjectFile {
  std::string path;
  YamlNode root;
};

std::optional<YamlNode> ParseFile(const std::string& path, std::string_view text, std::vector<Finding>& findings) {
  std::expected<YamlNode, YamlFault> parsed = ParseYaml(text);
  if (parsed) return std::move(*parsed);
  findings.push_back({path, parsed.error().line, parsed.error().message});
  return std::nullopt;
}

/// The schema's view of the relations: their names, and what a related record needs to be one.
void FillRelations(const Connector& connector, ObjectSpec& object) {
  for (const auto& [relation, target] : object.relations) {
    object.schema.relations.push_back(relation);
    const ObjectSpec* related = connector.Find(target);
    if (related == nullptr) continue;
    for (const std::string& path : related->schema.needs_one_of) {
      object.schema.relation_needs[relation].push_back(relation + "." + path);
    }
  }
}

void CheckNames(const Connector& connector, const std::vector<ObjectFile>& files, std::vector<Finding>& findings) {
  std::map<std::string, std::string> owner;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const ObjectSpec& object = connector.objects[i];
    std::vector<std::string> names = object.also;
    names.push_back(object.schema.name);
    for (const std::string& name : names) {
      const auto [known, fresh] = owner.emplace(AsciiLower(name), files[i].path);
      if (!fresh) findings.push_back({files[i].path, 1, "name '" + name + "' is already used in " + known->second});
    }
  }
}

/// The connector as far as it can be read, and all that is wrong with it.
std::shared_ptr<Connector> Read(const Bundle& bundle, std::vector<Finding>& findings) {
  auto connector = std::make_shared<Connector>();  // owner: the caller
  std::optional<YamlNode> main;
  std::vector<ObjectFile> files;
  for (const auto& [path, text] : bundle) {
    std::optional<YamlNode> root = ParseFile(path, text, findings);
    if (!root) continue;
    if (path == kMainFile) {
      main = std::move(root);
    } else {
      files.push_back({path, std::move(*root)});
    }
  }
  if (!bundle.contains(std::string(kMainFile))) findings.push_back({std::string(kMainFile), 1, "the file is missing"});
  if (files.empty() && findings.empty()) findings.push_back({"objects", 1, "there is no objects/*.yaml"});

  if (main) {
    Report report(std::string(kMainFile), findings);
    ReadSection(SectionOf<Connector>(), *main, connector.get(), report);
  }
  for (const ObjectFile& file : files) {
    Report report(file.path, findings);
    ObjectSpec& object = connector->objects.emplace_back();
    ReadSection(SectionOf<ObjectSpec>(), file.root, &object, report);
  }
  for (ObjectSpec& object : connector->objects) FillRelations(*connector, object);
  if (!findings.empty()) return connector;  // the checks below would only repeat what is said

  Report report(std::string(kMainFile), findings);
  CheckConnector(*connector, *main, report);
  for (std::size_t i = 0; i < files.size(); ++i) {
    Report object_report(files[i].path, findings);
    CheckObject(*connector, connector->objects[i], files[i].root, object_report);
  }
  CheckNames(*connector, files, findings);
  return connector;
}

}  // namespace

std::string ToText(const Finding& finding) {
  return finding.file + ":" + std::to_string(finding.line) + ": " + finding.message;
}

std::vector<Finding> Lint(const Bundle& bundle) {
  std::vector<Finding> findings;
  Read(bundle, findings);
  return findings;
}

Result<std::shared_ptr<const Connector>> Load(const Bundle& bundle) {
  std::vector<Finding> findings;
  std::shared_ptr<Connector> connector = Read(bundle, findings);
  if (!findings.empty()) {
    std::string message = "the connector cannot be loaded:";
    for (const Finding& finding : findings) message += "\n" + ToText(finding);
    return Fail(ErrorKind::invalid, std::move(message), "Correct the lines named above.");
  }
  connector->digest = Hex(Bytes(Sha256Of(PackBundle(bundle))));
  return connector;
}

}  // namespace rowcall::connector

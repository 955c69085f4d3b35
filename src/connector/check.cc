#include "connector/check.h"

#include <re2/re2.h>

#include <boost/json/parse.hpp>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "connector/placeholder.h"

namespace rowcall::connector {

namespace {

using Names = std::vector<std::string>;

constexpr std::string_view kNeedsLag =
    "a find that lags decides about rows in doubt, so connector.yaml needs search_lag";

int LineUnder(const YamlNode& root, std::string_view key, std::size_t index = 0) {
  const YamlNode* node = root.Find(key);
  if (node == nullptr) return root.line;
  return index < node->children.size() ? node->children[index].line : node->line;
}

bool Has(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void ExpectKnown(const Names& known, std::string_view name, const std::string& what, int line, Report& report) {
  if (Has(known, name)) return;
  const std::string closest = Closest(name, known);
  report.Add(line, what + " '" + std::string(name) + "' is not known" +
                       (closest.empty() ? "" : "; did you mean '" + closest + "'?"));
}

/// Checks one object's file.
class ObjectCheck {
 public:
  ObjectCheck(const Connector& connector, const ObjectSpec& object, const YamlNode& root, Report& report)
      : connector_(connector), object_(object), root_(root), report_(report) {
    for (const model::Field& field : object.schema.fields) fields_.push_back(field.path);
    for (const auto& [relation, target] : object.relations) relations_.push_back(relation);
  }

  void Run() {
    Relations();
    Fields();
    Keys();
    Calls();
    Steps();
  }

 private:
  void Field(std::string_view name, std::string_view key, std::size_t index = 0) {
    ExpectKnown(fields_, name, "field", LineUnder(root_, key, index), report_);
  }

  void Relations() {
    std::size_t i = 0;
    for (const auto& [relation, target] : object_.relations) {
      const int line = LineUnder(root_, "relations", i++);
      ExpectKnown(connector_.ObjectNames(), target, "object", line, report_);
      const ObjectSpec* related = connector_.Find(target);
      if (related == nullptr) continue;
      const bool is_held = !related->keyless && std::ranges::all_of(related->keys, [](const KeySpec& key) {
        return key.key_class < KeyClass::k2_once_shown;
      });
      if (!is_held)
        report_.Add(line, "a related record needs keys that the service enforces; '" + target + "' may not");
    }
  }

  void Fields() {
    std::set<std::string> aliases;
    for (std::size_t i = 0; i < object_.schema.fields.size(); ++i) {
      const model::Field& field = object_.schema.fields[i];
      const int line = LineUnder(root_, "fields", i);
      if ((field.type == model::FieldType::choice) != !field.choices.empty()) {
        report_.Add(line, "'" + field.path + "': type choice and key choices go together");
      }
      for (const std::string& alias : field.aliases) {
        if (!aliases.insert(AsciiLower(alias)).second) report_.Add(line, "alias '" + alias + "' is given twice");
      }
      if (!field.sent_with.empty()) ExpectKnown(fields_, field.sent_with, "field", line, report_);
      RelatedField(field, line);
    }
    for (const std::string& name : object_.schema.needs_one_of) Field(name, "needs_one_of");
  }

  /// "company.name" of a contact must be the company's "name", with the same type.
  void RelatedField(const model::Field& field, int line) {
    const std::size_t dot = field.path.find('.');
    const auto relation = object_.relations.find(field.path.substr(0, dot));
    if (dot == std::string::npos || relation == object_.relations.end()) return;
    const ObjectSpec* target = connector_.Find(relation->second);
    if (target == nullptr) return;
    Names known;
    for (const model::Field& other : target->schema.fields) known.push_back(other.path);
    const std::string name = field.path.substr(dot + 1);
    ExpectKnown(known, name, target->schema.name + "'s field", line, report_);
    const model::Field* other = target->schema.Find(name);
    if (other != nullptr && other->type != field.type) {
      report_.Add(line, "'" + field.path + "' is of type " + std::string(Name(field.type)) + ", but " +
                            target->schema.name + "'s is " + std::string(Name(other->type)));
    }
  }

  void Keys() {
    for (std::size_t i = 0; i < object_.keys.size(); ++i) {
      const KeySpec& key = object_.keys[i];
      Field(key.field, "keys", i);
      if (key.key_class == KeyClass::k1_upsert && !object_.upsert) {
        report_.Add(LineUnder(root_, "keys", i), "class k1_upsert needs the key 'upsert'");
      }
      if (key.key_class == KeyClass::k2_strict_create && (!object_.create || !object_.update)) {
        report_.Add(LineUnder(root_, "keys", i), "class k2_strict_create needs the keys 'create' and 'update'");
      }
      if (key.key_class == KeyClass::k2_once_shown) OnceShown(key, LineUnder(root_, "keys", i));
    }
    Keyless();
    if (object_.lookup && object_.KeyOf(object_.lookup->make_key) == nullptr) {
      report_.Add(LineUnder(root_, "lookup"), "make_key '" + object_.lookup->make_key + "' is not one of the keys");
    }
    if (!object_.create && !object_.upsert) report_.Add(root_.line, "one of 'create' and 'upsert' is needed");
  }

  void OnceShown(const KeySpec& key, int line) {
    if (!object_.create || !object_.read || !object_.update || !object_.archive) {
      report_.Add(line, "class k2_once_shown needs the keys 'create', 'read', 'update' and 'archive'");
    }
    Names settings;
    for (const SettingSpec& setting : connector_.settings) settings.push_back(setting.key);
    ExpectKnown(settings, key.setting, "setting", line, report_);
    ExpectKnown(fields_, key.mark, "field", line, report_);
    ExpectSearch(key.field, line);
  }

  void Keyless() {
    if (!object_.keyless) return;
    Field(object_.keyless->field, "keyless");
    for (const std::string& name : object_.keyless->without) Field(name, "keyless");
    if (!object_.create) report_.Add(LineUnder(root_, "keyless"), "records without key need the key 'create'");
    const bool found = std::ranges::any_of(
        object_.finds, [&](const FindSpec& find) { return find.lags && !Has(object_.keyless->without, find.by); });
    if (!found) report_.Add(LineUnder(root_, "keyless"), "records without key need a find, to be looked for in doubt");
    if (found && connector_.search_lag == Duration(0)) report_.Add(LineUnder(root_, "keyless"), std::string(kNeedsLag));
  }

  /// In doubt it is looked for, and that must be possible.
  void ExpectSearch(const std::string& field, int line) {
    const FindSpec* find = object_.FindBy(field);
    if (find == nullptr) {
      report_.Add(line, "class k2_once_shown needs a find by '" + field + "'");
    } else if (find->lags && connector_.search_lag == Duration(0)) {
      report_.Add(line, std::string(kNeedsLag));
    }
  }

  void Calls() {
    const Names only_id = {"id"};
    Call(object_.create, fields_, "create");
    Call(object_.upsert, fields_, "upsert");
    Call(object_.read, only_id, "read");
    Call(object_.update, only_id, "update");
    Call(object_.archive, only_id, "archive");
    Call(object_.restore, only_id, "restore");
    for (std::size_t i = 0; i < object_.finds.size(); ++i) {
      Field(object_.finds[i].by, "finds", i);
      Call(object_.finds[i].call, {object_.finds[i].by}, "finds", i);
    }
    if (object_.lookup) {
      Field(object_.lookup->find.by, "lookup");
      Call(object_.lookup->find.call, {object_.lookup->find.by}, "lookup");
    }
    if (object_.discover) Call(object_.discover->call, {}, "discover");
    if (object_.list) Call(object_.list->call, {}, "list");
    if (object_.batch) Call(object_.batch->call, {}, "batch");
    if (object_.undo) {
      Call(object_.undo->created, only_id, "undo");
      Call(object_.undo->updated, only_id, "undo");
      if (!object_.read)
        report_.Add(LineUnder(root_, "undo"), "an undo needs the key 'read': it looks before it takes back");
    }
  }

  void Call(const std::optional<CallTemplate>& call, const Names& known, std::string_view key, std::size_t index = 0) {
    if (!call) return;
    const int line = LineUnder(root_, key, index);
    for (const std::string* text : {&call->path, &call->body}) {
      WalkTemplate(
          *text, [](std::string_view) {},
          [&](std::string_view name) {
            ExpectKnown(known, name, "placeholder", line, report_);
            return true;
          });
    }
    boost::system::error_code error;
    if (!call->body.empty() && (boost::json::parse(call->body, error), error)) {
      report_.Add(line, "the body is not JSON: " + error.message());
    }
  }

  void Steps() {
    Names before;
    std::size_t primaries = 0;
    for (std::size_t i = 0; i < object_.steps.size(); ++i) {
      const StepSpec& step = object_.steps[i];
      const int line = LineUnder(root_, "steps", i);
      if ((step.primary ? 1 : 0) + (step.relation.empty() ? 0 : 1) + (step.call ? 1 : 0) != 1) {
        report_.Add(line, "step '" + step.name + "' needs exactly one of primary, relation and call");
      }
      if (!step.relation.empty()) ExpectKnown(relations_, step.relation, "relation", line, report_);
      for (const std::string& need : step.needs) ExpectKnown(before, need, "earlier step", line, report_);
      Names ids;
      for (const std::string& need : step.needs) ids.push_back(need + ".id");
      Call(step.call, ids, "steps", i);
      Call(step.undo, ids, "steps", i);
      if (step.undo && (!step.call || step.needs.size() != 2)) {
        report_.Add(line,
                    "step '" + step.name + "': undo needs a call and two steps in 'needs': what is joined to what");
      }
      if (Has(before, step.name)) report_.Add(line, "two steps are named '" + step.name + "'");
      before.push_back(step.name);
      primaries += step.primary ? 1 : 0;
    }
    if (primaries != 1) report_.Add(LineUnder(root_, "steps"), "exactly one step must be primary");
  }

  const Connector& connector_;
  const ObjectSpec& object_;
  const YamlNode& root_;
  Report& report_;
  Names fields_;
  Names relations_;
};

bool GivesId(const Pattern& pattern) {
  return pattern.compiled && pattern.compiled->ok() && pattern.compiled->NamedCapturingGroups().contains("id");
}

void CheckRule(const AnswerRule& rule, int line, Report& report) {
  if (rule.statuses.empty() && rule.codes.empty() && rule.message.text.empty() && rule.link.text.empty()) {
    report.Add(line, "a rule needs a condition: status, error, message or link");
  }
  const bool needs_id =
      rule.means == Meaning::exists || rule.means == Meaning::exists_archived || rule.means == Meaning::moved;
  if (needs_id && !GivesId(rule.message) && !GivesId(rule.link)) {
    report.Add(line, "meaning " + std::string(Name(rule.means)) + " needs a pattern with a group (?P<id>…)");
  }
}

/// "https://host:1/path" → "host"
std::string HostOf(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  url.remove_prefix(scheme + 3);
  return std::string(url.substr(0, url.find_first_of(":/?#")));
}

}  // namespace

void CheckConnector(const Connector& connector, const YamlNode& root, Report& report) {
  Names settings;
  for (const SettingSpec& setting : connector.settings) settings.push_back(setting.key);
  ExpectKnown(settings, connector.bearer_setting, "setting", LineUnder(root, "bearer_setting"), report);
  if (!connector.base_url_setting.empty()) {
    ExpectKnown(settings, connector.base_url_setting, "setting", LineUnder(root, "base_url_setting"), report);
  }
  if (!connector.base_url.starts_with("https://") || !Has(connector.hosts, HostOf(connector.base_url))) {
    report.Add(LineUnder(root, "base_url"), "base_url must be https:// and one of the hosts");
  }
  for (std::size_t i = 0; i < connector.answers.size(); ++i) {
    CheckRule(connector.answers[i], LineUnder(root, "answers", i), report);
  }
  if (connector.deadline <= Duration(0) || connector.deadline > kLongestDeadline) {
    report.Add(LineUnder(root, "deadline"), "'deadline' must be more than 0s and at most 12s");
  }
  if (connector.first_in_flight < 1) {
    report.Add(LineUnder(root, "first_in_flight"), "'first_in_flight' must be 1 or more");
  }
  if (connector.max_in_flight < 1) report.Add(LineUnder(root, "max_in_flight"), "'max_in_flight' must be 1 or more");
}

void CheckObject(const Connector& connector, const ObjectSpec& object, const YamlNode& root, Report& report) {
  ObjectCheck(connector, object, root, report).Run();
}

}  // namespace rowcall::connector

#include <gtest/gtest.h>

#include "connector/test_connector.h"

namespace rowcall::connector {
namespace {

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(LintTest, AGoodBundleHasNoFindings) {
  for (const Finding& finding : Lint(TestBundle())) ADD_FAILURE() << ToText(finding);
}

TEST(LoadTest, AGoodBundleIsLoadedWhole) {
  const std::shared_ptr<const Connector> connector = TestConnector();
  EXPECT_EQ(connector->key, "demo");
  EXPECT_EQ(connector->digest.size(), 64u);
  EXPECT_EQ(connector->test.method, "GET");
  EXPECT_EQ(connector->test.path, "/me");
  EXPECT_EQ(connector->deadline, std::chrono::seconds(10));
  EXPECT_EQ(connector->rate.window, std::chrono::seconds(10));
  EXPECT_EQ(connector->headers[0], std::pair(std::string("Demo-Version"), std::string("2.16")));
  EXPECT_EQ(connector->settings[0].key, "token");
  EXPECT_TRUE(connector->settings[0].secret);

  const ObjectSpec* person = connector->Find("PEOPLE");
  ASSERT_NE(person, nullptr);
  EXPECT_EQ(person->schema.name, "person");
  EXPECT_EQ(person->schema.relations, std::vector<std::string>{"club"});
  EXPECT_EQ(person->schema.relation_needs.at("club"), (std::vector<std::string>{"club.code", "club.name"}));
  EXPECT_EQ(person->schema.fields[0].path, "mail");
  EXPECT_EQ(person->schema.fields[0].max_length, 100u);
  using Groups = std::vector<std::vector<std::string>>;
  EXPECT_EQ(person->schema.Find("name")->joined_from, (Groups{{"first name", "given name"}, {"last name"}}));
  ASSERT_NE(person->KeyOf("mail"), nullptr);
  EXPECT_TRUE(person->KeyOf("mail")->fold_lower);
  ASSERT_NE(person->FindBy("mail"), nullptr);
  EXPECT_TRUE(person->FindBy("mail")->lags);
  EXPECT_EQ(person->FindBy("mail")->call.path, "/people/search");
  EXPECT_EQ(person->steps[2].needs, (std::vector<std::string>{"club", "person"}));
  EXPECT_EQ(person->discover->call.id, "");
  EXPECT_EQ(person->list->page_size, 50);
  EXPECT_EQ(person->undo->created->method, "DELETE");
  EXPECT_EQ(connector->Find("club")->lookup->make_key, "code");
  EXPECT_EQ(connector->Find("nothing"), nullptr);
}

TEST(LoadTest, TheDigestNamesTheText) {
  Bundle changed = TestBundle();
  changed["connector.yaml"] += "# a comment\n";
  EXPECT_NE(Load(changed).value()->digest, TestConnector()->digest);
  EXPECT_EQ(TestConnector()->digest, TestConnector()->digest);
}

TEST(LoadTest, ABundleSurvivesPacking) {
  EXPECT_EQ(UnpackBundle(PackBundle(TestBundle())).value(), TestBundle());
  EXPECT_FALSE(UnpackBundle("[]"));
  EXPECT_FALSE(UnpackBundle("{\"a\":1}"));
}

struct Mistake {
  std::string file, from, to, finding;
};

void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.to; }

class MistakeTest : public testing::TestWithParam<Mistake> {};

TEST_P(MistakeTest, IsNamedWithFileAndLine) {
  const Mistake& mistake = GetParam();
  Bundle bundle = TestBundle();
  bundle[mistake.file] = Replaced(bundle[mistake.file], mistake.from, mistake.to);
  const std::vector<Finding> findings = Lint(bundle);
  ASSERT_EQ(findings.size(), 1u) << (findings.empty() ? "" : ToText(findings[0]));
  EXPECT_EQ(ToText(findings[0]), mistake.file + ":" + mistake.finding);
  const auto loaded = Load(bundle);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind, ErrorKind::invalid);
  EXPECT_NE(loaded.error().message.find(mistake.finding), std::string::npos);
}

const std::string kMain = "connector.yaml";
const std::string kPerson = "objects/person.yaml";
const std::string kClub = "objects/club.yaml";

INSTANTIATE_TEST_SUITE_P(
    Keys, MistakeTest,
    testing::Values(Mistake{kMain, "headers:", "haeders:", "10: unknown key 'haeders'; did you mean 'headers'?"},
                    Mistake{kPerson, "personal: true", "persnal: true",
                            "6: unknown key 'persnal'; did you mean 'personal'?"},
                    Mistake{kMain, "title: Demo\n", "", "1: key 'title' is missing: The service's name."},
                    Mistake{kMain, "max_in_flight: 32", "max_in_flight: many",
                            "26: 'max_in_flight' needs a whole number, not 'many'"},
                    Mistake{kMain, "deadline: 10s", "deadline: 30",
                            "24: 'deadline' needs a duration such as 500ms, 10s, 5m or 1h, not '30'"},
                    Mistake{kMain, "secret: true", "secret: \"true\"", "8: 'secret' needs true or false, not 'true'"},
                    Mistake{kMain, "hosts: [api.demo.test]", "hosts: {a: b}",
                            "4: 'hosts' needs a list of text but is a section of keys"},
                    Mistake{kPerson, "read: GET /people/{id}", "read: /people/{id}",
                            "14: 'read' needs a method and a path, such as \"GET /me\", not '/people/{id}'"},
                    Mistake{kMain, "title: Demo", "title: [Demo]", "2: 'title' needs a text but is a list"}));

INSTANTIATE_TEST_SUITE_P(
    Words, MistakeTest,
    testing::Values(
        Mistake{kPerson, "type: email", "type: emial",
                "6: 'type' cannot be 'emial'; did you mean 'email'? Allowed: text, email, phone, url, integer, number, "
                "boolean, epoch_seconds, choice."},
        Mistake{
            kMain, "means: moved", "means: mooved",
            "15: 'means' cannot be 'mooved'; did you mean 'moved'? Allowed: yes, no, not_processed, ambiguous, stop, "
            "exists, exists_archived, missing, moved."},
        Mistake{kMain, "(?P<id>[^>]+)", "(?P<id>[^>]+",
                "15: 'link' is not a pattern: missing ): </people/(?P<id>[^>]+>"}));

INSTANTIATE_TEST_SUITE_P(
    Meaning, MistakeTest,
    testing::Values(
        Mistake{kPerson, "personal: true, aliases", "personal: true, sent_with: nmae, aliases",
                "6: field 'nmae' is not known; did you mean 'name'?"},
        Mistake{kPerson, "field: mail,", "field: mial,", "12: field 'mial' is not known; did you mean 'mail'?"},
        Mistake{kPerson, "needs: [club, person]", "needs: [clubb, club, person]",
                "23: earlier step 'clubb' is not known; did you mean 'club'?"},
        Mistake{kPerson, "{\"mail\":\"{mail}\"}", "{\"mail\":\"{mael}\"}",
                "17: placeholder 'mael' is not known; did you mean 'mail'?"},
        Mistake{kPerson, "{\"mail\":\"{mail}\"}", "{\"mail\":{mail}}", "17: the body is not JSON: syntax error"},
        Mistake{kPerson, "relation: club,", "relation: clab,",
                "21: relation 'clab' is not known; did you mean 'club'?"},
        Mistake{kPerson, ", primary: true", ", relation: club", "21: exactly one step must be primary"},
        Mistake{kPerson, "club.name: {}", "club.nmae: {}", "9: club's field 'nmae' is not known; did you mean 'name'?"},
        Mistake{kPerson, "club.name: {}", "club.name: {type: url}",
                "9: 'club.name' is of type url, but club's is text"},
        Mistake{kPerson, "aliases: [mail, e-mail]", "aliases: [mail, Mail]", "6: alias 'Mail' is given twice"},
        Mistake{kPerson, "relations: {club: club}", "relations: {club: clob}",
                "3: object 'clob' is not known; did you mean 'club'?"},
        Mistake{kPerson, "number: {}", "number: {type: choice}",
                "7: 'number': type choice and key choices go together"},
        Mistake{kClub, "upsert: POST /clubs", "create: POST /clubs", "8: class k1_upsert needs the key 'upsert'"},
        Mistake{kClub, "make_key: code", "make_key: name", "11: make_key 'name' is not one of the keys"},
        Mistake{kMain, "bearer_setting: token", "bearer_setting: tokn",
                "11: setting 'tokn' is not known; did you mean 'token'?"},
        Mistake{kMain, "https://api.demo.test", "http://api.demo.test",
                "5: base_url must be https:// and one of the hosts"},
        Mistake{kMain, "{error: busy, means", "{means", "17: a rule needs a condition: status, error, message or link"},
        Mistake{kMain, "(?P<id>[^>]+)", "([^>]+)", "15: meaning moved needs a pattern with a group (?P<id>…)"},
        Mistake{kMain, "deadline: 10s", "deadline: 13s", "24: 'deadline' must be more than 0s and at most 12s"},
        Mistake{kMain, "max_in_flight: 32", "max_in_flight: 0", "26: 'max_in_flight' must be 1 or more"}));

TEST(LintTest, AllMistakesAreNamedAtOnce) {
  Bundle bundle = TestBundle();
  bundle[kMain] = Replaced(bundle[kMain], "late: 60s", "latte: 60s");
  bundle[kPerson] = Replaced(bundle[kPerson], "max_length: 100", "max_length: -1");
  EXPECT_EQ(Lint(bundle).size(), 3u);  // unknown, missing, wrong
}

TEST(LintTest, WhatDecidesAboutRowsInDoubtMustBeThere) {
  const auto finding = [](const std::string& file, const std::string& from, const std::string& to) {
    Bundle bundle = LooseBundle();
    bundle[file] = Replaced(bundle[file], from, to);
    const std::vector<Finding> findings = Lint(bundle);
    return findings.empty() ? "" : findings[0].message;
  };
  EXPECT_EQ(Lint(LooseBundle()).size(), 0u);
  EXPECT_EQ(finding(kPerson, "archive: POST /people/{id}/archive\n", ""),
            "class k2_once_shown needs the keys 'create', 'read', 'update' and 'archive'");
  EXPECT_EQ(finding(kPerson, "setting: mail.unique", "setting: mail.unik"),
            "setting 'mail.unik' is not known; did you mean 'mail.unique'?");
  EXPECT_EQ(finding(kPerson, "once_per_record: true", "once_per_record: true, undo: DELETE /people"),
            "step 'club': undo needs a call and two steps in 'needs': what is joined to what");
  EXPECT_EQ(finding(kPerson, "mark: name", "mark: nmae"), "field 'nmae' is not known; did you mean 'name'?");
  EXPECT_EQ(finding(kPerson, "by: mail", "by: number"), "class k2_once_shown needs a find by 'mail'");
  EXPECT_EQ(finding(kMain, "search_lag: 5m\n", ""),
            "a find that lags decides about rows in doubt, so connector.yaml needs search_lag");
  EXPECT_EQ(finding(kPerson, "without: [number]", "without: [number, mail]"),
            "records without key need a find, to be looked for in doubt");
  EXPECT_EQ(finding(kClub, "class: k1_upsert", "class: k5_nothing"),
            "a related record needs keys that the service enforces; 'club' may not");
}

TEST(LintTest, AMissingMainFileAndUsedNamesAreNamed) {
  Bundle bundle = TestBundle();
  bundle.erase(kMain);
  ASSERT_EQ(Lint(bundle).size(), 1u);
  EXPECT_EQ(ToText(Lint(bundle)[0]), "connector.yaml:1: the file is missing");

  bundle = TestBundle();
  bundle[kPerson] = Replaced(bundle[kPerson], "also: [people]", "also: [Club]");
  ASSERT_EQ(Lint(bundle).size(), 1u);
  EXPECT_EQ(Lint(bundle)[0].message, "name 'Club' is already used in objects/club.yaml");
}

}  // namespace
}  // namespace rowcall::connector

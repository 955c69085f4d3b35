#include "api/answer.h"
#include "api/test_rig.h"

namespace rowcall::api {
namespace {

constexpr char kPeople[] = R"({"object":"person","mapping":{"A":"mail","B":null,"own.shoe":{"columns":["C","D"]}}})";

class MappingsTest : public testing::Test {
 protected:
  Answered Put(const std::string& name, const std::string& json) {
    return rig_.Element("PUT", "/mappings/" + name, token_, {json, "application/json", {}});
  }
  Answered Get(const std::string& path) { return rig_.Element("GET", path, token_); }
  Answered Delete(const std::string& name) { return rig_.Element("DELETE", "/mappings/" + name, token_); }

  Answered Upload(const std::string& metadata, const std::string& object = "person") {
    const std::string body =
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nA\nann@x.test\n\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"metaData\"\r\n\r\n" +
        metadata + "\r\n--b--\r\n";
    return rig_.Upload(token_, "/bulk/" + object, {body, "multipart/form-data; boundary=b", {}});
  }
  model::JobOrder OrderOf(const Answered& receipt) {
    EXPECT_EQ(receipt.status, 200) << receipt.body;
    const auto tenant = rig_.catalogue().SignIn(rig_.user(), std::nullopt);
    return rig_.Run(rig_.ledger().GetJob(*tenant, JobId{std::stoll(receipt.text("id"))}))->order;
  }

  Rig rig_;
  std::string token_ = rig_.Connect();
};

TEST_F(MappingsTest, WhatIsSavedIsAnsweredAndFoundByItsName) {
  const Answered put = Put("people.2026_a-b", R"({"object":"People","mapping":{"B":"mail", "A":null,"only":true}})");
  ASSERT_EQ(put.status, 200) << put.body;
  EXPECT_EQ(put.text("name"), "people.2026_a-b");
  EXPECT_EQ(put.text("object"), "person");  // by its own name
  EXPECT_EQ(boost::json::serialize(put.json().at("mapping")), R"({"B":"mail","A":null,"only":true})");
  EXPECT_EQ(put.text("createdDate").size(), 24u);
  EXPECT_EQ(put.text("updatedDate"), put.text("createdDate"));
  EXPECT_EQ(Get("/hubs/marketing/mappings/people.2026_a-b").body, put.body);
}

TEST_F(MappingsTest, TheListNamesThemWithTheirObjectsOnly) {
  EXPECT_EQ(Get("/mappings").body, "[]");
  ASSERT_EQ(Put("people", kPeople).status, 200);
  ASSERT_EQ(Put("clubs", R"({"object":"club","mapping":{"A":"code"}})").status, 200);
  const Answered list = Get("/mappings");
  EXPECT_EQ(list.header("Elements-Returned-Count"), "2");
  EXPECT_EQ(list.json().at(0).at("name"), "clubs");
  EXPECT_EQ(list.json().at(1).at("object"), "person");
  EXPECT_FALSE(list.json().at(1).as_object().contains("mapping"));
}

TEST_F(MappingsTest, SavingAgainReplacesIt) {
  ASSERT_EQ(Put("people", kPeople).status, 200);
  ASSERT_EQ(Put("people", R"({"object":"club","mapping":{"X":"code"}})").status, 200);
  const Answered now = Get("/mappings/people");
  EXPECT_EQ(now.text("object"), "club");
  EXPECT_EQ(boost::json::serialize(now.json().at("mapping")), R"({"X":"code"})");
  EXPECT_EQ(Get("/mappings").header("Elements-Returned-Count"), "1");
}

TEST_F(MappingsTest, ADeletedOneIsAnsweredOnceMoreAndGone) {
  const Answered put = Put("people", kPeople);
  const Answered deleted = Delete("people");
  EXPECT_EQ(deleted.status, 200);
  EXPECT_EQ(deleted.body, put.body);
  EXPECT_EQ(Get("/mappings/people").status, 404);
  EXPECT_EQ(Delete("people").status, 404);
}

TEST_F(MappingsTest, AMistakeIsRefusedInTheWordsOfAnUploadAndNothingIsSaved) {
  const auto refused = [&](const std::string& mapping, const std::string& message, const std::string& hint) {
    const Answered answer = Put("people", R"({"object":"person","mapping":)" + mapping + "}");
    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_EQ(answer.text("message"), message);
    EXPECT_EQ(answer.text("hint"), hint);
  };
  refused(R"({"A":"own.sho"})", "mapping: person has no field 'own.sho'", "Did you mean 'own.shoe'?");
  refused(R"({"mail":{"colums":["A"]}})", "mapping: 'mail' has an unknown key 'colums'", "Did you mean 'columns'?");
  refused(R"({"A":7})", "mapping: 'A' must be a field's path, null, or an object", "");
  EXPECT_EQ(Get("/mappings").body, "[]");
}

TEST_F(MappingsTest, ABodyThatIsNotUnderstoodIsRefusedWithItsPlace) {
  EXPECT_EQ(Put("people", R"({"mapping":{}})").json().at("errors").at(0).at("pointer"), "/object");
  EXPECT_EQ(Put("people", R"({"object":"person","mapping":"x"})").json().at("errors").at(0).at("pointer"), "/mapping");
  const Answered unknown = Put("people", R"({"object":"persn","mapping":{}})");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(unknown.text("hint"), "Did you mean \"person\"? There are: club, person.");
  EXPECT_EQ(rig_.Element("PUT", "/mappings/people", token_, {kPeople, "text/plain", {}}).status, 415);
  const std::string long_column(kMaxJsonBytes, 'x');
  EXPECT_EQ(Put("people", R"({"object":"person","mapping":{")" + long_column + R"(":null}})").status, 413);
  EXPECT_EQ(Get("/mappings").body, "[]");
}

TEST_F(MappingsTest, ANameIsShortAndNeedsNoEscapes) {
  EXPECT_EQ(Put(std::string(64, 'a'), kPeople).status, 200);
  for (const std::string& name : {std::string(65, 'a'), std::string("a%20b"), std::string(".hidden"),
                                  std::string("%2e%2e"), std::string("caf%c3%a9"), std::string("a%00")}) {
    const Answered refused = Put(name, kPeople);
    EXPECT_EQ(refused.status, 400) << name;
    EXPECT_TRUE(refused.text("hint").starts_with("A name has 1 to 64 characters")) << refused.body;
  }
}

TEST_F(MappingsTest, AnInstanceKeepsAHundred) {
  const auto tenant = rig_.catalogue().SignIn(rig_.user(), std::nullopt);
  for (int i = 0; i < 100; ++i) {
    const model::SavedMapping mapping{"m" + std::to_string(i), "person", "{}", {}, {}};
    ASSERT_TRUE(rig_.catalogue().PutMapping(*tenant, rig_.last_instance, mapping));
  }
  const Answered refused = Put("one-more", kPeople);
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.text("message"), "This instance has 100 mappings, and can have no more.");
  EXPECT_EQ(Put("m7", kPeople).status, 200);
}

TEST_F(MappingsTest, WithoutTheServicesFieldsNothingIsSaved) {
  rig_.service().GoDown();
  EXPECT_EQ(Put("people", kPeople).status, 502);
  EXPECT_EQ(Get("/mappings").body, "[]");
}

TEST_F(MappingsTest, AnUnknownNameIsAnsweredWithTheClosest) {
  EXPECT_EQ(Get("/mappings/people").text("hint"), "This instance has none. PUT /mappings/{name} saves one.");
  ASSERT_EQ(Put("people", kPeople).status, 200);
  ASSERT_EQ(Put("fair", kPeople).status, 200);
  const Answered path = Get("/mappings/peple");
  EXPECT_EQ(path.status, 404);
  const Answered metadata = Upload(R"({"mapping":"peple"})");
  EXPECT_EQ(metadata.status, 400);
  for (const Answered& answer : {path, metadata}) {
    EXPECT_EQ(answer.text("message"), "There is no saved mapping \"peple\".");
    EXPECT_EQ(answer.text("hint"), "Did you mean \"people\"? There are: \"fair\" and \"people\".");
  }
}

TEST_F(MappingsTest, AnUploadByNameKeepsTheMappingAsItWasThen) {
  ASSERT_EQ(Put("people", kPeople).status, 200);
  const Answered first = Upload(R"({"mapping":"people"})");
  ASSERT_EQ(Put("people", R"({"object":"person","mapping":{"A":"number"}})").status, 200);
  const Answered second = Upload(R"({"mapping":"people"})");
  ASSERT_EQ(Delete("people").status, 200);
  EXPECT_EQ(OrderOf(first).mapping_json, R"({"A":"mail","B":null,"own.shoe":{"columns":["C","D"]}})");
  EXPECT_EQ(OrderOf(second).mapping_json, R"({"A":"number"})");
  EXPECT_EQ(OrderOf(first).metadata_json, R"({"mapping":"people"})");
}

TEST_F(MappingsTest, AMappingForAnotherObjectIsRefusedAndLeavesNeitherFileNorJob) {
  ASSERT_EQ(Put("people", kPeople).status, 200);
  const Answered refused = Upload(R"({"mapping":"people"})", "club");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.text("message"), "The saved mapping \"people\" is for \"person\", not for \"club\".");
  EXPECT_EQ(Upload(R"({"mapping":"nobody"})").status, 400);
  EXPECT_EQ(rig_.StoredFiles(), 0u);
  EXPECT_EQ(Get("/bulk/jobs").body, "[]");
  EXPECT_TRUE(rig_.told().created.empty());
}

TEST_F(MappingsTest, AnotherInstanceNeitherSeesNorUsesNorTouchesIt) {
  ASSERT_EQ(Put("people", kPeople).status, 200);
  const std::string mine = token_;
  token_ = rig_.Connect();
  EXPECT_EQ(Get("/mappings").body, "[]");
  const Answered unknown = Get("/mappings/people");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.text("hint"), "This instance has none. PUT /mappings/{name} saves one.");
  EXPECT_EQ(Delete("people").status, 404);
  EXPECT_EQ(Upload(R"({"mapping":"people"})").status, 400);
  ASSERT_EQ(Put("people", R"({"object":"club","mapping":{}})").status, 200);
  token_ = mine;
  EXPECT_EQ(Get("/mappings/people").text("object"), "person");
}

}  // namespace
}  // namespace rowcall::api

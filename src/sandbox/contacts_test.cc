#include <set>

#include "sandbox/test_app.h"

namespace rowcall::sandbox {
namespace {

constexpr std::string_view kUnknownId = "000000000000000000000000";

TEST(SandboxContactsTest, ANewContactShowsWhatWasSentAndEveryFieldOfIntercom) {
  TestApp app;
  const Seen seen = app.Post("/contacts", R"({"email":"Ann@Acme.com","name":"Ann","phone":"444) 444-1234",
      "external_id":"7","signed_up_at":1571672154,"custom_attributes":{"title":"Director"}})");
  EXPECT_EQ(seen.status(), 200);
  EXPECT_EQ(seen.Text("type"), "contact");
  EXPECT_EQ(seen.Text("role"), "user");
  EXPECT_EQ(seen.Text("email"), "Ann@Acme.com");
  EXPECT_EQ(seen.Text("email_domain"), "Acme.com");
  EXPECT_EQ(seen.Text("phone"), "444) 444-1234");
  EXPECT_EQ(seen.Text("external_id"), "7");
  EXPECT_EQ(seen["signed_up_at"].as_int64(), 1571672154);
  EXPECT_EQ(seen["custom_attributes"].at("title").as_string(), "Director");
  EXPECT_EQ(seen["created_at"].as_int64(), 1767225600);
  EXPECT_EQ(seen["companies"].at("total_count").as_int64(), 0);
  EXPECT_TRUE(seen["owner_id"].is_null());
  EXPECT_EQ(app.Get("/contacts/" + seen.Text("id")).body, seen.body);
}

TEST(SandboxContactsTest, IdsHave24HexDigitsStartWithTheTimeAndAreNeverGivenTwice) {
  TestApp app;
  std::set<std::string> ids;
  for (int i = 0; i < 300; ++i) {
    ids.insert(app.MakeContact(R"({"external_id":"c)" + std::to_string(i) + "\"}"));
    ids.insert(app.MakeCompany(R"({"company_id":"c)" + std::to_string(i) + "\"}"));
  }
  EXPECT_EQ(ids.size(), 600u);
  for (const std::string& id : ids) {
    EXPECT_EQ(id.size(), 24u);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_EQ(id.substr(0, 8), "6955b900");
  }
}

TEST(SandboxContactsTest, TheSeedDecidesTheIds) {
  TestApp one({.seed = 7});
  TestApp same({.seed = 7});
  TestApp other({.seed = 8});
  const std::string id = one.MakeContact(R"({"email":"a@b.c"})");
  EXPECT_EQ(same.MakeContact(R"({"email":"a@b.c"})"), id);
  EXPECT_NE(other.MakeContact(R"({"email":"a@b.c"})"), id);
}

TEST(SandboxContactsTest, AUserNeedsAnEmailOrAnExternalId) {
  TestApp app;
  EXPECT_EQ(app.Post("/contacts", R"({"name":"Nobody"})").status(), 400);
  EXPECT_EQ(app.Post("/contacts", R"({"role":"user","email":""})").status(), 400);
  EXPECT_EQ(app.Post("/contacts", R"({"role":"lead"})").status(), 200);
}

TEST(SandboxContactsTest, TheRoleContactBecomesUserAndOtherRolesAreRefused) {
  TestApp app;
  EXPECT_EQ(app.Post("/contacts", R"({"role":"contact","email":"a@b.c"})").Text("role"), "user");
  EXPECT_EQ(app.Post("/contacts", R"({"role":"banana","email":"d@b.c"})").ErrorCode(), "parameter_invalid");
}

TEST(SandboxContactsTest, UnknownTopLevelFieldsAreLeftOutWithoutAnError) {
  TestApp app;
  const Seen seen = app.Post("/contacts", R"({"email":"a@b.c","favourite_colour":"red"})");
  EXPECT_EQ(seen.status(), 200);
  EXPECT_FALSE(seen.body.as_object().contains("favourite_colour"));
}

TEST(SandboxContactsTest, AnUpdateLeavesAbsentFieldsAloneAndNullClears) {
  TestApp app;
  const std::string id = app.MakeContact(
      R"({"email":"a@b.c","external_id":"7","name":"Ann","phone":"1","custom_attributes":{"title":"Boss"}})");
  app.clock.Advance(std::chrono::seconds(5));
  const Seen seen = app.Put("/contacts/" + id, R"({"phone":null,"custom_attributes":{"title":null}})");
  EXPECT_EQ(seen.status(), 200);
  EXPECT_EQ(seen.Text("name"), "Ann");
  EXPECT_TRUE(seen["phone"].is_null());
  EXPECT_TRUE(seen["custom_attributes"].as_object().empty());
  EXPECT_EQ(seen["updated_at"].as_int64() - seen["created_at"].as_int64(), 5);
}

TEST(SandboxContactsTest, EmailNullBecomesTheEmptyStringAndFreesTheEmail) {
  TestApp app;
  const std::string id = app.MakeContact(R"({"email":"a@b.c","external_id":"7"})");
  EXPECT_EQ(app.Put("/contacts/" + id, R"({"email":null})").Text("email"), "");
  EXPECT_EQ(app.Post("/contacts", R"({"email":"a@b.c"})").status(), 200);
}

TEST(SandboxContactsTest, ExternalIdNullLeavesItUnchanged) {
  TestApp app;
  const std::string id = app.MakeContact(R"({"email":"a@b.c","external_id":"7"})");
  EXPECT_EQ(app.Put("/contacts/" + id, R"({"external_id":null})").Text("external_id"), "7");
  EXPECT_EQ(app.Put("/contacts/" + id, R"({"external_id":"8"})").Text("external_id"), "8");
  EXPECT_EQ(app.Get("/contacts/find_by_external_id/7").status(), 404);
  EXPECT_EQ(app.Get("/contacts/find_by_external_id/8").Text("id"), id);
}

TEST(SandboxContactsTest, AnUpdateOfNobodyIs404UserNotFound) {
  TestApp app;
  const Seen seen = app.Put("/contacts/" + std::string(kUnknownId), "{}");
  EXPECT_EQ(seen.status(), 404);
  EXPECT_EQ(seen.ErrorCode(), "not_found");
  EXPECT_EQ(seen.ErrorMessage(), "User Not Found");
  EXPECT_EQ(app.Put("/contacts/nonsense", "{}").status(), 404);
}

TEST(SandboxContactsTest, EmailVerifiedNeedsAnEmailInTheSameRequest) {
  TestApp app;
  EXPECT_EQ(app.Post("/contacts", R"({"external_id":"7","email_verified":true})").status(), 400);
  EXPECT_EQ(app.Post("/contacts", R"({"email":"a@b.c","email_verified":true})").status(), 200);
}

TEST(SandboxContactsTest, TheOwnerMustBeAnAdmin) {
  TestApp app;
  const Seen refused = app.Post("/contacts", R"({"email":"a@b.c","owner_id":"1"})");
  EXPECT_EQ(refused.status(), 400);
  EXPECT_EQ(refused.ErrorCode(), "parameter_invalid");
  EXPECT_EQ(refused.ErrorMessage(), "The owner specified is not a member of the workspace");
  const std::string owner(app.Get("/admins").body.at("admins").at(0).at("id").as_string());
  const Seen owned = app.Post("/contacts", R"({"email":"a@b.c","owner_id":")" + owner + "\"}");
  EXPECT_EQ(owned.Text("owner_id"), owner);
}

TEST(SandboxContactsTest, BeforeVersion216TheOwnerIsANumber) {
  TestApp app;
  Request request = TestApp::MakeRequest("POST", "/contacts", R"({"email":"a@b.c","owner_id":991267459})");
  request.version = "2.14";
  EXPECT_EQ(app.Send(request)["owner_id"].as_int64(), 991267459);
}

TEST(SandboxContactsTest, TimesAreEpochSecondsAsNumberOrDigits) {
  TestApp app;
  EXPECT_EQ(app.Post("/contacts", R"({"email":"a@b.c","signed_up_at":"1571672154"})")["signed_up_at"].as_int64(),
            1571672154);
  EXPECT_EQ(app.Post("/contacts", R"({"email":"b@b.c","signed_up_at":"2019-10-21"})").status(), 400);
}

TEST(SandboxContactsTest, ARefusedRequestLeavesNoTrace) {
  TestApp app;
  const std::string id = app.MakeContact(R"({"email":"a@b.c","name":"Ann"})");
  EXPECT_EQ(app.Put("/contacts/" + id, R"({"name":"Eve","email":"e@b.c","custom_attributes":{"x":1}})").status(), 400);
  EXPECT_EQ(app.Get("/contacts/" + id).Text("name"), "Ann");
  EXPECT_EQ(app.Get("/contacts/" + id).Text("email"), "a@b.c");
}

TEST(SandboxContactsTest, AnArchivedContactIsNotFoundUntilItIsUnarchived) {
  TestApp app;
  const std::string path = "/contacts/" + app.MakeContact(R"({"email":"a@b.c","external_id":"7"})");
  const Seen archived = app.Post(path + "/archive");
  EXPECT_EQ(archived.status(), 200);
  EXPECT_TRUE(archived["archived"].as_bool());
  EXPECT_EQ(app.Get(path).status(), 404);
  EXPECT_EQ(app.Put(path, "{}").status(), 404);
  EXPECT_EQ(app.Post(path + "/archive").status(), 404);
  EXPECT_EQ(app.Get("/contacts/find_by_external_id/7").status(), 404);
  EXPECT_FALSE(app.Post(path + "/unarchive")["archived"].as_bool());
  EXPECT_EQ(app.Get(path).status(), 200);
}

TEST(SandboxContactsTest, ADeletedContactIsNotRestorable) {
  TestApp app;
  const std::string path = "/contacts/" + app.MakeContact(R"({"email":"a@b.c"})");
  EXPECT_TRUE(app.Delete(path)["deleted"].as_bool());
  EXPECT_EQ(app.Get(path).status(), 404);
  const Seen refused = app.Post(path + "/unarchive");
  EXPECT_EQ(refused.status(), 400);
  EXPECT_EQ(refused.ErrorCode(), "bad_request");
  EXPECT_EQ(refused.ErrorMessage(), "User has been marked for permanent deletion and is not restorable.");
}

TEST(SandboxContactsTest, FindByExternalIdKnowsUsersOnlyAndDecodesItsSegment) {
  TestApp app;
  const std::string id = app.MakeContact(R"({"external_id":"a/b c"})");
  const std::string lead = app.Post("/contacts", R"({"role":"lead"})").Text("external_id");
  EXPECT_EQ(app.Get("/contacts/find_by_external_id/a%2Fb%20c").Text("id"), id);
  EXPECT_EQ(app.Get("/contacts/find_by_external_id/" + lead).status(), 404);
}

TEST(SandboxContactsTest, TheListGoesByCursorAndShowsLiveContactsOnly) {
  TestApp app;
  std::set<std::string> made;
  for (int i = 0; i < 7; ++i) made.insert(app.MakeContact(R"({"external_id":")" + std::to_string(i) + "\"}"));
  const std::string gone = *made.begin();
  made.erase(gone);
  app.Post("/contacts/" + gone + "/archive");
  std::set<std::string> listed;
  std::string cursor;
  int pages = 0;
  do {
    const Seen page = app.Get("/contacts?per_page=2" + (cursor.empty() ? "" : "&starting_after=" + cursor));
    EXPECT_EQ(page["total_count"].as_int64(), 6);
    EXPECT_EQ(page["pages"].at("total_pages").as_int64(), 3);
    EXPECT_EQ(page["pages"].at("page").as_int64(), ++pages);
    for (const auto& contact : page["data"].as_array()) listed.insert(std::string(contact.at("id").as_string()));
    const auto* next = page["pages"].as_object().if_contains("next");
    cursor = next == nullptr ? "" : std::string(next->at("starting_after").as_string());
  } while (!cursor.empty());
  EXPECT_EQ(listed, made);
  EXPECT_EQ(pages, 3);
}

TEST(SandboxContactsTest, ABadCursorIs400ClientError) {
  TestApp app;
  EXPECT_EQ(app.Get("/contacts?starting_after=nonsense").ErrorCode(), "client_error");
  EXPECT_EQ(app.Get("/contacts?per_page=151").status(), 400);
}

}  // namespace
}  // namespace rowcall::sandbox

#include "sandbox/test_app.h"

namespace rowcall::sandbox {
namespace {

TEST(SandboxConflictTest, ALiveDuplicateByEmailOrExternalIdIs409WithTheId) {
  TestApp app;
  const std::string id = app.MakeContact(R"({"email":"a@b.c","external_id":"7"})");
  for (const char* body : {R"({"email":"a@b.c"})", R"({"email":"A@B.C"})", R"({"external_id":"7"})",
                           R"({"external_id":"7","email":"new@b.c"})", R"({"external_id":"new","email":"a@b.c"})"}) {
    const Seen refused = app.Post("/contacts", body);
    EXPECT_EQ(refused.status(), 409) << body;
    EXPECT_EQ(refused.ErrorCode(), "conflict");
    EXPECT_EQ(refused.ErrorMessage(), "A contact matching those details already exists with id=" + id);
  }
}

TEST(SandboxConflictTest, AnArchivedDuplicateIs409WithTheId) {
  TestApp app;
  const std::string id = app.MakeContact(R"({"email":"a@b.c"})");
  app.Post("/contacts/" + id + "/archive");
  const Seen refused = app.Post("/contacts", R"({"email":"a@b.c"})");
  EXPECT_EQ(refused.status(), 409);
  EXPECT_EQ(refused.ErrorMessage(), "An archived contact matching those details already exists with id=" + id);
}

TEST(SandboxConflictTest, TheKeysOfADeletedContactStayTaken) {
  TestApp app;
  const std::string id = app.MakeContact(R"({"email":"a@b.c","external_id":"7"})");
  app.Delete("/contacts/" + id);
  const std::string message = "An archived contact matching those details already exists with id=" + id;
  EXPECT_EQ(app.Post("/contacts", R"({"email":"a@b.c"})").ErrorMessage(), message);
  EXPECT_EQ(app.Post("/contacts", R"({"external_id":"7"})").ErrorMessage(), message);
}

TEST(SandboxConflictTest, SeveralUsersWithOneEmailAre409WithoutAnId) {
  TestApp app;
  EXPECT_EQ(app.Post("/_sandbox/contacts", R"([{"email":"a@b.c","external_id":"1"},
                                               {"email":"A@b.c","external_id":"2"}])")
                .status(),
            200);
  const Seen refused = app.Post("/contacts", R"({"email":"a@b.c"})");
  EXPECT_EQ(refused.status(), 409);
  EXPECT_EQ(refused.ErrorCode(), "conflict");
  EXPECT_EQ(refused.ErrorMessage(),
            "Multiple existing users match this email address - must be more specific using user_id");
}

TEST(SandboxConflictTest, WhereEmailsAreNotUniqueASecondUserMayShareOneAndAThirdMayNot) {
  TestApp app({.email_unique = false});
  EXPECT_EQ(app.Post("/contacts", R"({"email":"a@b.c"})").status(), 200);
  EXPECT_EQ(app.Post("/contacts", R"({"email":"a@b.c"})").status(), 200);
  EXPECT_EQ(app.Post("/contacts", R"({"email":"a@b.c"})").status(), 409);
  EXPECT_EQ(app.Post("/contacts", R"({"external_id":"7"})").status(), 200);
  EXPECT_EQ(app.Post("/contacts", R"({"external_id":"7"})").status(), 409);
}

TEST(SandboxConflictTest, AnUpdateMayNotTakeAnothersKey) {
  TestApp app;
  const std::string ann = app.MakeContact(R"({"email":"ann@b.c","external_id":"1"})");
  const std::string bob = app.MakeContact(R"({"email":"bob@b.c","external_id":"2"})");
  EXPECT_EQ(app.Put("/contacts/" + bob, R"({"email":"ann@b.c"})").ErrorMessage(),
            "A contact matching those details already exists with id=" + ann);
  EXPECT_EQ(app.Put("/contacts/" + bob, R"({"external_id":"1"})").status(), 409);
  EXPECT_EQ(app.Put("/contacts/" + bob, R"({"email":"BOB@b.c","external_id":"2"})").status(), 200);
}

TEST(SandboxConflictTest, ALeadIgnoresExternalIdAndMayShareAnEmail) {
  TestApp app;
  app.MakeContact(R"({"email":"a@b.c"})");
  const Seen lead = app.Post("/contacts", R"({"role":"lead","email":"a@b.c","external_id":"7"})");
  EXPECT_EQ(lead.status(), 200);
  EXPECT_EQ(lead.Text("role"), "lead");
  EXPECT_EQ(lead.Text("external_id").size(), 36u);
  EXPECT_EQ(app.Post("/contacts", R"({"role":"lead","email":"a@b.c"})").status(), 200);
  EXPECT_EQ(app.Put("/contacts/" + lead.Text("id"), R"({"external_id":"7"})").Text("external_id"),
            lead.Text("external_id"));
}

TEST(SandboxConflictTest, LeadsHoldNoKeysAgainstUsers) {
  TestApp app;
  app.Post("/contacts", R"({"role":"lead","email":"a@b.c"})");
  EXPECT_EQ(app.Post("/contacts", R"({"email":"a@b.c"})").status(), 200);
}

TEST(SandboxConflictTest, AUserCannotBecomeALeadAgain) {
  TestApp app;
  const std::string id = app.MakeContact(R"({"email":"a@b.c"})");
  const Seen refused = app.Put("/contacts/" + id, R"({"role":"lead"})");
  EXPECT_EQ(refused.status(), 400);
  EXPECT_EQ(refused.ErrorCode(), "client_error");
  EXPECT_EQ(refused.ErrorMessage(), "Contact with user role can't be converted to a lead");
}

TEST(SandboxConflictTest, ALeadBecomesAUserIfItsEmailIsFree) {
  TestApp app;
  const std::string taken = app.Post("/contacts", R"({"role":"lead","email":"a@b.c"})").Text("id");
  const std::string free = app.Post("/contacts", R"({"role":"lead","email":"free@b.c"})").Text("id");
  app.MakeContact(R"({"email":"a@b.c"})");
  EXPECT_EQ(app.Put("/contacts/" + taken, R"({"role":"user"})").status(), 409);
  EXPECT_EQ(app.Put("/contacts/" + free, R"({"role":"user","external_id":"9"})").Text("external_id"), "9");
}

TEST(SandboxMergeTest, AMergedLeadIs410WithALinkToTheUser) {
  TestApp app;
  const std::string lead = app.Post("/contacts", R"({"role":"lead","email":"a@b.c","phone":"1"})").Text("id");
  const std::string uuid = app.Get("/contacts/" + lead).Text("external_id");
  const std::string user = app.MakeContact(R"({"email":"a@b.c"})");
  const std::string body = R"({"from":")" + lead + R"(","into":")" + user + "\"}";
  EXPECT_EQ(app.Post("/contacts/merge", body).Text("phone"), "1");
  for (const std::string& path : {"/contacts/" + lead, "/contacts/find_by_external_id/" + uuid}) {
    const Seen gone = app.Get(path);
    EXPECT_EQ(gone.status(), 410);
    EXPECT_EQ(gone.ErrorCode(), "contact_merged");
    EXPECT_EQ(gone.Header("Link"), "</contacts/" + user + ">; rel=\"canonical\"");
  }
}

TEST(SandboxMergeTest, StrangersAreMergedOnlyWithoutTheCheck) {
  TestApp app;
  const std::string lead = app.Post("/contacts", R"({"role":"lead","email":"x@b.c"})").Text("id");
  const std::string user = app.MakeContact(R"({"email":"a@b.c"})");
  const std::string pair = R"({"from":")" + lead + R"(","into":")" + user + "\"";
  EXPECT_EQ(app.Post("/contacts/merge", pair + "}").ErrorCode(), "invalid_merge");
  EXPECT_EQ(app.Post("/contacts/merge", pair + R"(,"skip_duplicate_validation":true})").status(), 200);
}

}  // namespace
}  // namespace rowcall::sandbox

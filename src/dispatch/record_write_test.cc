#include "dispatch/record_write.h"

#include <gtest/gtest.h>

#include <string>

#include "dispatch/test_object.h"

namespace rowcall::dispatch {
namespace {

using connector::Meaning;
using model::Action;
using model::OutcomeKind;

constexpr std::int64_t kWindowTime = 1000;

/// A write of one record, told one answer after the other.
class RecordWriteTest : public testing::Test {
 protected:
  RecordWriteTest() {
    order_.object = &person_;
    order_.record = &record_;
    order_.vendor_time = kWindowTime;
    record_ = {{"mail", std::string("a@b.c")}, {"name", std::string("Ann")}};
  }

  WriteAction Begin() { return NextAction(order_, state_, {}); }

  WriteAction Answer(Meaning meaning, std::string id = {}, std::string body = {}) {
    verdict_ = {};
    verdict_.meaning = meaning;
    verdict_.id = std::move(id);
    verdict_.reason.Edit().code = "said_no";
    body_ = std::move(body);
    return NextAction(order_, state_,
                      {.verdict = &verdict_, .body = body_, .held_by_other = false, .archived_by_undo = false});
  }

  WriteAction Archiver(bool undo) {
    WriteEvent event;
    event.archived_by_undo = undo;
    return NextAction(order_, state_, event);
  }

  WriteAction Holder(bool held) {
    return NextAction(order_, state_,
                      {.verdict = nullptr, .body = {}, .held_by_other = held, .archived_by_undo = false});
  }

  static std::string Person(std::int64_t created_at, std::int64_t updated_at, const std::string& name = "Ann",
                            const std::string& mail = "A@b.c", const std::string& number = "") {
    return R"({"id":"p1","created_at":)" + std::to_string(created_at) + R"(,"updated_at":)" +
           std::to_string(updated_at) + R"(,"name":")" + name + R"(","mail":")" + mail + R"(","number":")" + number +
           R"("})";
  }

  static void ExpectCall(const WriteAction& action, const std::string& method, const std::string& path) {
    ASSERT_EQ(action.kind, WriteAction::Kind::call);
    EXPECT_EQ(action.call->method + " " + action.call->path, method + " " + path);
  }

  static void ExpectEnd(const WriteAction& action, OutcomeKind outcome, const std::string& code = "") {
    ASSERT_EQ(action.kind, WriteAction::Kind::end);
    EXPECT_EQ(Name(action.outcome), Name(outcome));
    EXPECT_EQ(action.reason->code, code);
  }

  connector::ObjectSpec person_ = PersonObject();
  connector::ObjectSpec firm_ = FirmObject();
  model::Record record_;
  WriteOrder order_;
  WriteState state_;
  connector::Verdict verdict_;
  std::string body_;
};

TEST_F(RecordWriteTest, ANewRecordIsCreatedWithOneCall) {
  const WriteAction first = Begin();
  ExpectCall(first, "POST", "/people");
  EXPECT_TRUE(first.sends_record);
  const WriteAction end = Answer(Meaning::yes, "p1");
  ExpectEnd(end, OutcomeKind::created);
  EXPECT_EQ(end.id, "p1");
}

TEST_F(RecordWriteTest, AnExistingRecordIsUpdatedByTheIdOutOfTheRefusalWithoutItsKeys) {
  Begin();
  const WriteAction update = Answer(Meaning::exists, "p1");
  ExpectCall(update, "PUT", "/people/{id}");
  EXPECT_EQ(update.id, "p1");
  EXPECT_EQ(update.leave_out, std::vector<std::string>{"mail"});
  ExpectEnd(Answer(Meaning::yes, "p1"), OutcomeKind::updated);
}

TEST_F(RecordWriteTest, AKeyThatAnotherFieldNeedsBesideItIsSentInAnUpdateToo) {
  model::Field& checked = person_.schema.fields.emplace_back();
  checked.path = "checked";
  checked.sent_with = "mail";
  record_.Add("checked", true);
  Begin();
  EXPECT_TRUE(Answer(Meaning::exists, "p1").leave_out.empty());
}

TEST_F(RecordWriteTest, OnlyCallsThatChangeNothingMayBeRepeatedAtOnce) {
  order_.restore_archived = true;
  EXPECT_FALSE(Begin().reads);
  EXPECT_FALSE(Answer(Meaning::exists_archived, "p1").reads);
  EXPECT_TRUE(Answer(Meaning::yes).reads);
  EXPECT_FALSE(Answer(Meaning::yes, "p1", Person(1, 1, "Old")).reads);
}

TEST_F(RecordWriteTest, ARecordOfKeysOnlyIsReadAndUnchanged) {
  record_ = {record_[0]};
  Begin();
  ExpectCall(Answer(Meaning::exists, "p1"), "GET", "/people/{id}");
  ExpectEnd(Answer(Meaning::yes, "p1", Person(1, 1)), OutcomeKind::unchanged);
}

TEST_F(RecordWriteTest, CreateRefusesAnExistingRecord) {
  order_.action = Action::create;
  Begin();
  ExpectEnd(Answer(Meaning::exists, "p1"), OutcomeKind::failed, "already_exists");
}

TEST_F(RecordWriteTest, UpdateOfAMissingRecordFails) {
  order_.action = Action::update;
  ExpectCall(Begin(), "GET", "/people?mail={mail}");
  ExpectEnd(Answer(Meaning::missing), OutcomeKind::failed, "not_found");
}

TEST_F(RecordWriteTest, UpdateOfAFoundRecordThatHoldsEverythingIsUnchanged) {
  order_.action = Action::update;
  Begin();
  ExpectEnd(Answer(Meaning::yes, "", R"({"data":[)" + Person(1, 1) + "]}"), OutcomeKind::unchanged);
}

TEST_F(RecordWriteTest, UpdateOfSeveralFoundRecordsWritesNone) {
  order_.action = Action::update;
  Begin();
  const std::string two = R"({"data":[)" + Person(1, 1) + "," + Person(1, 1) + "]}";
  ExpectEnd(Answer(Meaning::yes, "", two), OutcomeKind::failed, "ambiguous_match");
}

TEST_F(RecordWriteTest, WithSeveralKeysTheExistingRecordIsReadBeforeItIsWritten) {
  record_.Add("number", std::string("7"));
  Begin();
  ExpectCall(Answer(Meaning::exists, "p1"), "GET", "/people/{id}");
  const WriteAction end = Answer(Meaning::yes, "p1", Person(1, 1, "Old", "a@b.c", "8"));
  ExpectEnd(end, OutcomeKind::failed, "key_conflict");
  EXPECT_NE(end.reason->message.find("number"), std::string::npos);
}

TEST_F(RecordWriteTest, ABlankKeyOfTheExistingRecordIsFilledIn) {
  record_.Add("number", std::string("7"));
  Begin();
  Answer(Meaning::exists, "p1");
  const WriteAction update = Answer(Meaning::yes, "p1", Person(1, 1, "Old"));
  ExpectCall(update, "PUT", "/people/{id}");
  EXPECT_EQ(update.leave_out, std::vector<std::string>{"mail"});
}

TEST_F(RecordWriteTest, AnArchivedRecordIsLeftAloneUnlessAskedFor) {
  Begin();
  EXPECT_EQ(Answer(Meaning::exists_archived, "p1").kind, WriteAction::Kind::ask_archiver);
  ExpectEnd(Archiver(false), OutcomeKind::failed, "archived");
}

TEST_F(RecordWriteTest, WhatAnUndoArchivedIsRestored) {
  Begin();
  Answer(Meaning::exists_archived, "p1");
  ExpectCall(Archiver(true), "POST", "/people/{id}/restore");
}

TEST_F(RecordWriteTest, WhatARecordHeldIsKeptBeforeItIsWrittenOver) {
  order_.keep_pre_image = true;
  Begin();
  ExpectCall(Answer(Meaning::exists, "p1"), "GET", "/people/{id}");
  const WriteAction keep = Answer(Meaning::yes, "p1", Person(1, 1, "Old"));
  ASSERT_EQ(keep.kind, WriteAction::Kind::keep);
  EXPECT_EQ(keep.image, (model::PreImage{"p1", false, R"({"name":"Old"})", "{}"}));
  ExpectCall(NextAction(order_, state_, {}), "PUT", "/people/{id}");
  ExpectEnd(Answer(Meaning::yes, "p1"), OutcomeKind::updated);
}

TEST_F(RecordWriteTest, WhatARecordHeldIsKeptAnewWhenItHasMoved) {
  order_.keep_pre_image = true;
  Begin();
  Answer(Meaning::exists, "p1");
  Answer(Meaning::yes, "p1", Person(1, 1, "Old"));
  NextAction(order_, state_, {});
  ExpectCall(Answer(Meaning::moved, "p2"), "GET", "/people/{id}");
  const WriteAction keep = Answer(Meaning::yes, "p2", Person(1, 1, "Other"));
  ASSERT_EQ(keep.kind, WriteAction::Kind::keep);
  EXPECT_EQ(keep.image, (model::PreImage{"p2", false, R"({"name":"Other"})", "{}"}));
}

TEST_F(RecordWriteTest, ThatARecordWasArchivedIsKeptBeforeItIsRestoredAndItsFieldsBehindIt) {
  order_.keep_pre_image = order_.restore_archived = true;
  Begin();
  const WriteAction archived = Answer(Meaning::exists_archived, "p1");
  ASSERT_EQ(archived.kind, WriteAction::Kind::keep);
  EXPECT_EQ(archived.image, (model::PreImage{"p1", true, "", "{}"}));
  ExpectCall(NextAction(order_, state_, {}), "POST", "/people/{id}/restore");
  Answer(Meaning::yes);
  const WriteAction fields = Answer(Meaning::yes, "p1", Person(1, 1, "Old"));
  ASSERT_EQ(fields.kind, WriteAction::Kind::keep);
  EXPECT_EQ(fields.image.fields_json, R"({"name":"Old"})");
  ExpectCall(NextAction(order_, state_, {}), "PUT", "/people/{id}");
}

TEST_F(RecordWriteTest, WhatARestoredRecordHoldsIsKeptThoughNothingIsWrittenOverIt) {
  order_.keep_pre_image = order_.restore_archived = true;
  Begin();
  Answer(Meaning::exists_archived, "p1");
  NextAction(order_, state_, {});
  Answer(Meaning::yes);
  const WriteAction fields = Answer(Meaning::yes, "p1", Person(1, 1));
  ASSERT_EQ(fields.kind, WriteAction::Kind::keep);
  EXPECT_EQ(fields.image.fields_json, R"({"name":"Ann"})");
  ExpectEnd(NextAction(order_, state_, {}), OutcomeKind::updated);
}

TEST_F(RecordWriteTest, InDoubtWhatAnEarlierAttemptHasKeptIsAskedForThoughNothingIsLeftToWrite) {
  order_.keep_pre_image = order_.in_doubt = true;
  Begin();
  Answer(Meaning::exists, "p1");
  EXPECT_EQ(Answer(Meaning::yes, "p1", Person(1, kWindowTime)).kind, WriteAction::Kind::keep);
  ExpectEnd(NextAction(order_, state_, {}), OutcomeKind::updated);
}

TEST_F(RecordWriteTest, AnUpsertReadsWhatItWritesOverAlsoInDoubt) {
  order_.object = &firm_;
  order_.keep_pre_image = order_.in_doubt = true;
  record_ = {{"code", std::string("f")}, {"name", std::string("Firm")}};
  ExpectCall(Begin(), "GET", "/firms?code={code}");
  const WriteAction keep = Answer(Meaning::yes, "", R"({"data":[{"id":"f1","code":"f","name":"Old","created_at":1}]})");
  ASSERT_EQ(keep.kind, WriteAction::Kind::keep);
  EXPECT_EQ(keep.image, (model::PreImage{"f1", false, R"({"name":"Old"})", "{}"}));
  ExpectCall(NextAction(order_, state_, {}), "POST", "/firms");
  ExpectEnd(Answer(Meaning::yes, "f1"), OutcomeKind::updated);
}

TEST_F(RecordWriteTest, InDoubtAnUpsertThatMadeItsRecordKeepsNoneOfIt) {
  order_.object = &firm_;
  order_.keep_pre_image = order_.in_doubt = true;
  record_ = {{"code", std::string("f")}, {"name", std::string("Firm")}};
  Begin();
  Answer(Meaning::yes, "", R"({"data":[{"id":"f1","code":"f","name":"Firm","created_at":1000}]})");
  ExpectEnd(Holder(false), OutcomeKind::created);
}

TEST_F(RecordWriteTest, ARelatedRecordThatIsAsNewAsTheWindowCountsAsMade) {
  order_.object = &firm_;
  order_.primary = false;
  record_ = {{"code", std::string("f")}};
  for (const std::int64_t created_at : {kWindowTime - 1, kWindowTime}) {
    state_ = {};
    Begin();
    const WriteAction end =
        Answer(Meaning::yes, "f1", R"({"id":"f1","created_at":)" + std::to_string(created_at) + "}");
    EXPECT_EQ(end.made, created_at == kWindowTime);
  }
}

TEST_F(RecordWriteTest, AnArchivedRecordIsRestoredAndUpdatedWhenAskedFor) {
  order_.restore_archived = true;
  Begin();
  ExpectCall(Answer(Meaning::exists_archived, "p1"), "POST", "/people/{id}/restore");
  ExpectCall(Answer(Meaning::yes), "GET", "/people/{id}");
  ExpectCall(Answer(Meaning::yes, "p1", Person(1, 1, "Old")), "PUT", "/people/{id}");
  ExpectEnd(Answer(Meaning::yes, "p1"), OutcomeKind::updated);
}

TEST_F(RecordWriteTest, ARestoredRecordWithAnotherKeyIsArchivedAgain) {
  order_.restore_archived = true;
  record_.Add("number", std::string("7"));
  Begin();
  Answer(Meaning::exists_archived, "p1");
  Answer(Meaning::yes);
  ExpectCall(Answer(Meaning::yes, "p1", Person(1, 1, "Ann", "a@b.c", "8")), "POST", "/people/{id}/archive");
  ExpectEnd(Answer(Meaning::yes), OutcomeKind::failed, "key_conflict");
}

TEST_F(RecordWriteTest, ARecordThatVanishedBeforeItsUpdateIsCreatedOnceMore) {
  Begin();
  Answer(Meaning::exists, "p1");
  ExpectCall(Answer(Meaning::missing), "POST", "/people");
  ExpectEnd(Answer(Meaning::yes, "p2"), OutcomeKind::created);
}

TEST_F(RecordWriteTest, AMovedRecordIsFollowed) {
  Begin();
  Answer(Meaning::exists, "p1");
  const WriteAction read = Answer(Meaning::moved, "p9");
  ExpectCall(read, "GET", "/people/{id}");
  EXPECT_EQ(read.id, "p9");
}

TEST_F(RecordWriteTest, ARecordThatKeepsMovingIsGivenUp) {
  Begin();
  Answer(Meaning::exists, "p1");
  WriteAction action = Answer(Meaning::moved, "p2");
  for (int i = 0; i < 3 && action.kind == WriteAction::Kind::call; ++i) action = Answer(Meaning::moved, "p3");
  ExpectEnd(action, OutcomeKind::failed, "said_no");
}

TEST_F(RecordWriteTest, AnAmbiguousAnswerIsADoubtAndNeverAnOutcome) {
  Begin();
  EXPECT_EQ(Answer(Meaning::ambiguous).kind, WriteAction::Kind::doubt);
}

TEST_F(RecordWriteTest, ARefusedInstanceIsNoFaultOfTheRow) {
  Begin();
  EXPECT_EQ(Answer(Meaning::stop).kind, WriteAction::Kind::stop);
}

// In doubt

TEST_F(RecordWriteTest, InDoubtAnEqualRecordMadeSinceTheWindowIsOurs) {
  order_.in_doubt = true;
  ExpectCall(Begin(), "POST", "/people");
  ExpectCall(Answer(Meaning::exists, "p1"), "GET", "/people/{id}");
  EXPECT_EQ(Answer(Meaning::yes, "p1", Person(kWindowTime, kWindowTime)).kind, WriteAction::Kind::ask_holder);
  ExpectEnd(Holder(false), OutcomeKind::created);
}

TEST_F(RecordWriteTest, InDoubtARecordThatAnotherRowMadeIsNotOurs) {
  order_.in_doubt = true;
  Begin();
  Answer(Meaning::exists, "p1");
  Answer(Meaning::yes, "p1", Person(kWindowTime, kWindowTime));
  ExpectEnd(Holder(true), OutcomeKind::updated);
}

TEST_F(RecordWriteTest, ARecordThatWasThereBeforeIsNeverClaimedHoweverNewItIs) {
  Begin();
  ExpectCall(Answer(Meaning::exists, "p1"), "PUT", "/people/{id}");
  EXPECT_EQ(Answer(Meaning::ambiguous).kind, WriteAction::Kind::doubt);
  EXPECT_TRUE(state_.existed);
  order_.in_doubt = true;
  order_.existed_before = state_.existed;
  state_ = {};
  Begin();
  Answer(Meaning::exists, "p1");
  ExpectEnd(Answer(Meaning::yes, "p1", Person(kWindowTime, kWindowTime)), OutcomeKind::updated);
}

TEST_F(RecordWriteTest, InDoubtAnOlderEqualRecordWrittenSinceTheWindowIsUpdated) {
  order_.in_doubt = true;
  Begin();
  Answer(Meaning::exists, "p1");
  ExpectEnd(Answer(Meaning::yes, "p1", Person(kWindowTime - 1, kWindowTime)), OutcomeKind::updated);
}

TEST_F(RecordWriteTest, InDoubtAnOlderEqualRecordNotWrittenSinceIsUnchanged) {
  order_.in_doubt = true;
  Begin();
  Answer(Meaning::exists, "p1");
  ExpectEnd(Answer(Meaning::yes, "p1", Person(kWindowTime - 9, kWindowTime - 1)), OutcomeKind::unchanged);
}

TEST_F(RecordWriteTest, InDoubtADifferentRecordIsUpdated) {
  order_.in_doubt = true;
  Begin();
  Answer(Meaning::exists, "p1");
  ExpectCall(Answer(Meaning::yes, "p1", Person(kWindowTime, kWindowTime, "Old")), "PUT", "/people/{id}");
}

TEST_F(RecordWriteTest, InDoubtARecordThatWasReadAsAnothersIsNotClaimedAfterALostUpdate) {
  order_.in_doubt = true;
  Begin();
  Answer(Meaning::exists, "p1");
  Answer(Meaning::yes, "p1", Person(kWindowTime, kWindowTime, "Old"));
  ASSERT_EQ(Answer(Meaning::ambiguous).kind, WriteAction::Kind::doubt);
  EXPECT_TRUE(state_.existed);
  order_.existed_before = state_.existed;
  state_ = {};
  Begin();
  Answer(Meaning::exists, "p1");
  ExpectEnd(Answer(Meaning::yes, "p1", Person(kWindowTime, kWindowTime)), OutcomeKind::updated);
}

TEST_F(RecordWriteTest, WithoutTheServicesClockNothingIsClaimedToBeOurs) {
  order_.in_doubt = true;
  order_.vendor_time = 0;
  Begin();
  Answer(Meaning::exists, "p1");
  ExpectEnd(Answer(Meaning::yes, "p1", Person(kWindowTime, kWindowTime)), OutcomeKind::unchanged);
}

// Upsert by key

/// A lead: no key holds it, so that in doubt it is searched for by its mail.
class KeylessTest : public RecordWriteTest {
 protected:
  KeylessTest() {
    person_.keys.back().key_class = connector::KeyClass::k2_once_shown;
    person_.keys.back().mark = "name";
    person_.keyless = connector::KeylessSpec{"kind", "lead", {"number"}};
    person_.finds.front().at_most = 3;
    record_.Add("kind", std::string("lead"));
  }

  static std::string Lead(const std::string& id, std::int64_t created_at, const std::string& name = "Ann",
                          const std::string& kind = "lead") {
    return R"({"id":")" + id + R"(","created_at":)" + std::to_string(created_at) + R"(,"name":")" + name +
           R"(","mail":"A@b.c","kind":")" + kind + "\"}";
  }

  WriteAction Found(const std::vector<std::string>& records) {
    order_.in_doubt = order_.by_search = true;
    ExpectCall(Begin(), "GET", "/people?mail={mail}");
    std::string list;
    for (const std::string& record : records) list += (list.empty() ? "" : ",") + record;
    return Answer(Meaning::yes, "", R"({"data":[)" + list + "]}");
  }
  void ExpectAsked(const WriteAction& action, const std::string& id) {
    ASSERT_EQ(action.kind, WriteAction::Kind::ask_holder);
    EXPECT_EQ(action.id, id);
  }
};

TEST_F(KeylessTest, NotInDoubtItIsCreatedAtOnce) {
  ExpectCall(Begin(), "POST", "/people");
  ExpectEnd(Answer(Meaning::yes, "p1"), OutcomeKind::created);
}

TEST_F(KeylessTest, AFieldThatTheServiceWouldLeaveOutIsRefusedAndNothingIsSent) {
  record_.Add("number", std::string("7"));
  for (const Action action : {Action::create, Action::upsert, Action::update}) {
    order_.action = action;
    state_ = {};
    ExpectEnd(Begin(), OutcomeKind::failed, "field_not_taken");
  }
}

TEST_F(KeylessTest, InDoubtTheOneThatIsThereAndIsNoOthersIsOurs) {
  ExpectAsked(Found({Lead("p1", kWindowTime)}), "p1");
  const WriteAction end = Holder(false);
  ExpectEnd(end, OutcomeKind::created);
  EXPECT_EQ(end.id, "p1");
}

TEST_F(KeylessTest, InDoubtItIsSentAgainIfItIsNotThere) { ExpectCall(Found({}), "POST", "/people"); }

TEST_F(KeylessTest, InDoubtWhatIsOlderOrOfAnotherKindIsNotOurs) {
  ExpectCall(Found({Lead("p1", kWindowTime - 1), Lead("p2", kWindowTime, "Ann", "user")}), "POST", "/people");
}

TEST_F(KeylessTest, InDoubtWhatDiffersMayBeOursInAnotherFormSoItIsNeitherClaimedNorAddedTo) {
  ExpectAsked(Found({Lead("p1", kWindowTime, "ANN")}), "p1");
  ExpectEnd(Holder(false), OutcomeKind::unresolved, "unresolved");
  state_ = {};
  Found({Lead("p1", kWindowTime, "ANN")});
  ExpectCall(Holder(true), "POST", "/people");
  state_ = {};
  Found({Lead("p1", kWindowTime, "ANN"), Lead("p2", kWindowTime)});
  Holder(false);
  EXPECT_EQ(Holder(false).id, "p2") << "one that is equal is ours";
}

TEST_F(KeylessTest, InDoubtARecordThatAnotherRowMadeIsLeftToIt) {
  ExpectAsked(Found({Lead("p1", kWindowTime), Lead("p2", kWindowTime)}), "p2");
  ExpectAsked(Holder(true), "p1");
  const WriteAction end = Holder(false);
  ExpectEnd(end, OutcomeKind::created);
  EXPECT_EQ(end.id, "p1");
  state_ = {};
  Found({Lead("p1", kWindowTime)});
  ExpectCall(Holder(true), "POST", "/people");
}

TEST_F(KeylessTest, InDoubtSeveralThatMayBeOursAreNeitherClaimedNorAddedTo) {
  Found({Lead("p1", kWindowTime), Lead("p2", kWindowTime)});
  Holder(false);
  const WriteAction end = Holder(false);
  ExpectEnd(end, OutcomeKind::unresolved, "unresolved");
  EXPECT_EQ(end.id, "");
  EXPECT_NE(end.reason->message.find("p2, p1"), std::string::npos) << end.reason->message;
}

TEST_F(KeylessTest, ASearchThatMayNotShowAllSettlesNothing) {
  ExpectEnd(Found({Lead("p1", 1), Lead("p2", 1), Lead("p3", 1)}), OutcomeKind::unresolved, "unresolved");
}

TEST_F(KeylessTest, ASearchThatIsRefusedSettlesNothing) {
  order_.in_doubt = order_.by_search = true;
  Begin();
  ExpectEnd(Answer(Meaning::no), OutcomeKind::unresolved, "unresolved");
}

TEST_F(KeylessTest, InDoubtWhatCannotBeSearchedForIsNotSentAgain) {
  record_ = {{"name", std::string("Ann")}, {"kind", std::string("lead")}};
  order_.in_doubt = order_.by_search = true;
  ExpectEnd(Begin(), OutcomeKind::unresolved, "unresolved");
}

TEST_F(KeylessTest, ALookNamesTheRecordsThatNoRowHoldsAndSendsNothing) {
  order_.only_look = true;
  ExpectAsked(Found({Lead("p1", kWindowTime), Lead("p2", kWindowTime)}), "p2");
  ExpectAsked(Holder(true), "p1");
  ExpectEnd(Holder(false), OutcomeKind::unchanged);
  ASSERT_EQ(state_.free.size(), 1u);
  EXPECT_EQ(state_.free[0].id, "p1");
  state_ = {};
  ExpectEnd(Found({}), OutcomeKind::unchanged);
}

TEST_F(KeylessTest, WhatATrialMadeIsNoRowsRecord) {
  record_ = {{"mail", std::string("a@b.c")}};
  ExpectCall(Found({Lead("p1", kWindowTime, "Rowcall key trial (to be archived)", "user")}), "POST", "/people");
}

class UpsertTest : public RecordWriteTest {
 protected:
  UpsertTest() {
    order_.object = &firm_;
    record_ = {{"code", std::string("acme")}, {"site", std::string("x")}};
  }
  static std::string Firm(const std::string& site, std::int64_t created_at = 1) {
    return R"({"id":"f1","code":"acme","name":"Acme","site":")" + site + R"(","created_at":)" +
           std::to_string(created_at) + "}";
  }
};

TEST_F(UpsertTest, AReadTellsCreatedFromUpdated) {
  ExpectCall(Begin(), "GET", "/firms?code={code}");
  ExpectCall(Answer(Meaning::missing), "POST", "/firms");
  ExpectEnd(Answer(Meaning::yes, "f1"), OutcomeKind::created);
}

TEST_F(UpsertTest, AnExistingRecordIsUpdated) {
  Begin();
  ExpectCall(Answer(Meaning::yes, "f1", Firm("old")), "POST", "/firms");
  ExpectEnd(Answer(Meaning::yes, "f1"), OutcomeKind::updated);
}

TEST_F(UpsertTest, ARelatedRecordNeedsNoRead) {
  order_.primary = false;
  ExpectCall(Begin(), "POST", "/firms");
}

TEST_F(UpsertTest, InDoubtTheAnswersOwnTimeTellsCreatedFromUpdated) {
  order_.in_doubt = true;
  ExpectCall(Begin(), "POST", "/firms");
  EXPECT_EQ(Answer(Meaning::yes, "f1", Firm("x", kWindowTime)).kind, WriteAction::Kind::ask_holder);
  ExpectEnd(Holder(false), OutcomeKind::created);
}

TEST_F(UpsertTest, WithoutAKeyOneMatchByNameIsUsed) {
  order_.primary = false;
  record_ = {{"name", std::string("Acme")}};
  ExpectCall(Begin(), "GET", "/firms?name={name}");
  const WriteAction end = Answer(Meaning::yes, "", Firm("x"));
  ExpectEnd(end, OutcomeKind::unchanged);
  EXPECT_EQ(end.id, "f1");
}

TEST_F(UpsertTest, WithoutAMatchByNameAStableKeyIsMade) {
  record_ = {{"name", std::string("  Acme   Data ")}};
  Begin();
  const WriteAction upsert = Answer(Meaning::missing);
  ExpectCall(upsert, "POST", "/firms");
  EXPECT_EQ(upsert.key_field, "code");
  EXPECT_EQ(upsert.key, "acme data");
}

TEST_F(UpsertTest, SeveralMatchesByNameWriteNothing) {
  record_ = {{"name", std::string("Acme")}};
  Begin();
  ExpectEnd(Answer(Meaning::yes, "", R"({"data":[)" + Firm("x") + "," + Firm("y") + "]}"), OutcomeKind::failed,
            "ambiguous_match");
}

}  // namespace
}  // namespace rowcall::dispatch

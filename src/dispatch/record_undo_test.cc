#include "dispatch/record_undo.h"

#include <gtest/gtest.h>

#include <string>

#include "connector/request.h"
#include "dispatch/test_object.h"

namespace rowcall::dispatch {
namespace {

using connector::Meaning;
using model::OutcomeKind;

/// One record that is taken back, told one answer after the other.
class RecordUndoTest : public testing::Test {
 protected:
  RecordUndoTest() {
    record_ = {{"mail", std::string("a@b.c")}, {"name", std::string("Ann")}};
    loaded_.kind = OutcomeKind::created;
    loaded_.vendor_id = "p1";
    loaded_.written_digest = connector::WrittenDigest(record_);
    order_.object = &person_;
    order_.record = &record_;
    order_.loaded = &loaded_;
  }

  /// The row wrote over a record that held this name.
  void WroteOver(model::Value name, bool was_archived = false) {
    loaded_.kind = OutcomeKind::updated;
    before_ = {{"name", std::move(name)}};
    loaded_.pre_image = model::PreImage{"p1", was_archived, connector::FlatJson(before_)};
    order_.before = &before_;
  }

  WriteAction Begin() { return NextUndo(order_, state_, {}); }

  WriteAction Answer(Meaning meaning, std::string body = {}) {
    verdict_ = {};
    verdict_.meaning = meaning;
    verdict_.reason.Edit().code = "said_no";
    body_ = std::move(body);
    WriteEvent event;
    event.verdict = &verdict_;
    event.body = body_;
    return NextUndo(order_, state_, event);
  }

  static std::string Person(const std::string& name, const std::string& mail = "A@b.c") {
    return R"({"id":"p1","name":)" + (name.empty() ? "null" : '"' + name + '"') + R"(,"mail":")" + mail + R"("})";
  }

  static void ExpectCall(const WriteAction& action, const std::string& method, const std::string& path) {
    ASSERT_EQ(action.kind, WriteAction::Kind::call);
    EXPECT_EQ(action.call->method + " " + action.call->path, method + " " + path);
    EXPECT_EQ(action.id, "p1");
  }

  static void ExpectEnd(const WriteAction& action, OutcomeKind outcome, const std::string& code = "") {
    ASSERT_EQ(action.kind, WriteAction::Kind::end);
    EXPECT_EQ(Name(action.outcome), Name(outcome));
    EXPECT_EQ(action.reason->code, code);
  }

  connector::ObjectSpec person_ = PersonObject();
  connector::ObjectSpec firm_ = FirmObject();
  model::Record record_, before_;
  model::LoadedRow loaded_;
  UndoOrder order_;
  UndoState state_;
  connector::Verdict verdict_;
  std::string body_;
};

TEST_F(RecordUndoTest, ARecordThatWasMadeIsReadAndArchived) {
  ExpectCall(Begin(), "GET", "/people/{id}");
  ExpectCall(Answer(Meaning::yes, Person("Ann")), "POST", "/people/{id}/archive");
  ExpectEnd(Answer(Meaning::yes), OutcomeKind::updated);
}

TEST_F(RecordUndoTest, WhatSomebodyChangedIsKeptAndNamed) {
  Begin();
  const WriteAction end = Answer(Meaning::yes, Person("Anna"));
  ExpectEnd(end, OutcomeKind::skipped, "changed_since");
  EXPECT_NE(end.reason->message.find("\"name\""), std::string::npos);
}

TEST_F(RecordUndoTest, WhatIsGoneIsBackAlreadyAndInDoubtItWasUs) {
  Begin();
  ExpectEnd(Answer(Meaning::missing), OutcomeKind::unchanged);
  order_.in_doubt = true;
  state_ = {};
  Begin();
  ExpectEnd(Answer(Meaning::missing), OutcomeKind::updated);
}

TEST_F(RecordUndoTest, AnArchivingThatIsRefusedIsAFailure) {
  Begin();
  Answer(Meaning::yes, Person("Ann"));
  ExpectEnd(Answer(Meaning::no), OutcomeKind::failed, "said_no");
}

TEST_F(RecordUndoTest, WithoutADefiniteAnswerItIsInDoubt) {
  Begin();
  Answer(Meaning::yes, Person("Ann"));
  EXPECT_EQ(Answer(Meaning::ambiguous).kind, WriteAction::Kind::doubt);
}

TEST_F(RecordUndoTest, ARowThatDoesNotReadAsItWasWrittenIsKept) {
  loaded_.written_digest += 1;
  ExpectEnd(Begin(), OutcomeKind::skipped, "not_comparable");
}

TEST_F(RecordUndoTest, WhatAnotherJobHasLoadedIsNotArchived) {
  loaded_.is_used = true;
  ExpectEnd(Begin(), OutcomeKind::skipped, "loaded_since");
}

TEST_F(RecordUndoTest, WhatALaterRowHasKeptIsKept) {
  loaded_.is_kept = true;
  ExpectEnd(Begin(), OutcomeKind::skipped, "later_row_kept");
  state_ = {};
  WroteOver(std::string("Old"));
  ExpectEnd(Begin(), OutcomeKind::skipped, "later_row_kept");
}

TEST_F(RecordUndoTest, WhatWasWrittenOverIsPutBack) {
  WroteOver(std::string("Old"));
  ExpectCall(Begin(), "GET", "/people/{id}");
  const WriteAction put = Answer(Meaning::yes, Person("Ann"));
  ExpectCall(put, "PUT", "/people/{id}");
  EXPECT_TRUE(put.sends_record);
  ExpectEnd(Answer(Meaning::yes, Person("Old")), OutcomeKind::updated);
}

TEST_F(RecordUndoTest, WhatHeldNothingIsClearedAndTheServiceMustShowIt) {
  WroteOver(model::Null());
  Begin();
  Answer(Meaning::yes, Person("Ann"));
  ExpectEnd(Answer(Meaning::yes, Person("")), OutcomeKind::updated);
  state_ = {};
  Begin();
  Answer(Meaning::yes, Person("Ann"));
  const WriteAction end = Answer(Meaning::yes, Person("Ann"));
  ExpectEnd(end, OutcomeKind::updated, "not_put_back");
  EXPECT_TRUE(end.reason->warning);
}

TEST_F(RecordUndoTest, WhatIsAsBeforeNeedsNoCallAndInDoubtItWasUs) {
  WroteOver(std::string("Old"));
  Begin();
  ExpectEnd(Answer(Meaning::yes, Person("Old")), OutcomeKind::unchanged);
  order_.in_doubt = true;
  state_ = {};
  Begin();
  ExpectEnd(Answer(Meaning::yes, Person("Old")), OutcomeKind::updated);
}

TEST_F(RecordUndoTest, WhatSomebodyChangedIsNotPutBack) {
  WroteOver(std::string("Old"));
  Begin();
  ExpectEnd(Answer(Meaning::yes, Person("By hand")), OutcomeKind::skipped, "changed_since");
}

TEST_F(RecordUndoTest, WithoutAPreImageARecordFromBeforeIsKept) {
  loaded_.kind = OutcomeKind::updated;
  ExpectEnd(Begin(), OutcomeKind::skipped, "no_pre_image");
}

TEST_F(RecordUndoTest, WithoutAPreImageARecordThatTheLoadMadeIsArchivedByItsLaterRow) {
  loaded_.kind = OutcomeKind::updated;
  loaded_.is_ours = true;
  ExpectCall(Begin(), "GET", "/people/{id}");
  ExpectCall(Answer(Meaning::yes, Person("Ann")), "POST", "/people/{id}/archive");
}

TEST_F(RecordUndoTest, WhatWasTakenOutOfTheArchiveGoesBackThere) {
  WroteOver(std::string("Old"), true);
  Begin();
  ExpectCall(Answer(Meaning::yes, Person("Ann")), "PUT", "/people/{id}");
  ExpectCall(Answer(Meaning::yes, Person("Old")), "POST", "/people/{id}/archive");
  ExpectEnd(Answer(Meaning::yes), OutcomeKind::updated);
}

TEST_F(RecordUndoTest, WhatWasMergedOrDeletedMeanwhileIsKept) {
  WroteOver(std::string("Old"));
  Begin();
  ExpectEnd(Answer(Meaning::moved), OutcomeKind::skipped, "merged");
  state_ = {};
  Begin();
  ExpectEnd(Answer(Meaning::missing), OutcomeKind::skipped, "gone");
}

TEST_F(RecordUndoTest, WhatOthersUseIsKept) {
  order_.object = &firm_;
  record_ = {{"name", std::string("Firm")}};
  loaded_.written_digest = connector::WrittenDigest(record_);
  ExpectCall(Begin(), "GET", "/firms/{id}");
  ExpectEnd(Answer(Meaning::yes, R"({"id":"p1","name":"Firm","people":1})"), OutcomeKind::skipped, "in_use");
  state_ = {};
  Begin();
  ExpectCall(Answer(Meaning::yes, R"({"id":"p1","name":"Firm","people":0})"), "DELETE", "/firms/{id}");
}

/// A firm that was made beside the row.
class RelatedUndoTest : public RecordUndoTest {
 protected:
  RelatedUndoTest() {
    order_.object = &firm_;
    order_.is_related = true;
    record_ = {{"name", std::string("Firm")}};
  }

  static std::string Firm(const std::string& name, const std::string& code) {
    return R"({"id":"p1","name":")" + name + R"(","code":")" + code + R"("})";
  }

  void ExpectNamesAnother(const WriteAction& end, const std::string& by) {
    ExpectEnd(end, OutcomeKind::skipped, "names_another");
    EXPECT_EQ(end.reason->message, "The firm was left as it is: its row names another firm (by \"" + by +
                                       "\"), so that nobody can tell whether it was changed since.");
  }
};

TEST_F(RelatedUndoTest, WhereTheRowNamesAnotherByItsNameThatIsNoChange) {
  ExpectCall(Begin(), "GET", "/firms/{id}");
  ExpectNamesAnother(Answer(Meaning::yes, Firm("Shop", "shop")), "name");
}

TEST_F(RelatedUndoTest, WhereTheRowNamesAnotherByItsKeyThatIsNoChange) {
  record_ = {{"code", std::string("f1")}, {"name", std::string("Firm")}};
  Begin();
  ExpectNamesAnother(Answer(Meaning::yes, Firm("Firm", "f2")), "code");
}

TEST_F(RelatedUndoTest, OneThatWasRenamedWasChangedSince) {
  Begin();
  ExpectEnd(Answer(Meaning::yes, Firm("Shop", "firm")), OutcomeKind::skipped, "changed_since");
  state_ = {};
  record_ = {{"code", std::string("f1")}, {"name", std::string("Firm")}};
  Begin();
  ExpectEnd(Answer(Meaning::yes, Firm("Shop", "f1")), OutcomeKind::skipped, "changed_since");
}

TEST_F(RelatedUndoTest, WhoseKeyIsNotMadeOfItsNameIsFoundByItAllTheSame) {
  Begin();
  ExpectCall(Answer(Meaning::yes, Firm("Firm", "f1")), "DELETE", "/firms/{id}");
}

}  // namespace
}  // namespace rowcall::dispatch

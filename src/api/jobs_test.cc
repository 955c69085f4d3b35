#include "api/test_rig.h"
#include "wire/outcome.h"

namespace rowcall::api {
namespace {

class JobsTest : public testing::Test {
 protected:
  JobId MakeJob(const std::string& object = "person") {
    model::JobOrder order;
    order.tenant = Tenant();
    order.instance = rig_.last_instance;
    order.object = object;
    order.metadata_json = "{}";
    order.file.key = "upload-" + std::to_string(++made_);
    return rig_.Run(rig_.ledger().CreateJob(order, {}))->id;
  }

  /// All of a job of `rows` rows, each rejected.
  static async::Task<bool> Reject(ledger::Ledger& ledger, TenantId tenant, InstanceId instance, JobId job,
                                  RowNumber rows) {
    const ledger::Lease lease = *co_await ledger.TakeLease(tenant, instance);
    const ledger::JobStart start{"{}", "", {}, {}};
    EXPECT_TRUE(co_await ledger.StartJob(lease, job, start));
    EXPECT_TRUE(co_await ledger.FinishReading(lease, job, rows));
    model::Outcome outcome;
    outcome.kind = model::OutcomeKind::rejected;
    model::Reason reason;
    reason.code = "no_good";
    reason.message = "No good.";
    outcome.reasons.push_back(reason);
    ledger::FinishOrder finish;
    finish.rest = ledger::RestOrder{1, rows, outcome};
    EXPECT_TRUE(co_await ledger.FinishJob(lease, job, finish));
    co_return true;
  }

  void RejectAll(JobId job, RowNumber rows) {
    rig_.Run(Reject(rig_.ledger(), Tenant(), rig_.last_instance, job, rows));
  }

  TenantId Tenant() { return *rig_.catalogue().SignIn(rig_.user(), std::nullopt); }

  Answered Get(const std::string& path) { return rig_.Element("GET", path, token_); }
  static std::string Path(JobId job, const std::string& rest) { return "/bulk/" + std::to_string(job.value) + rest; }

  Rig rig_;
  std::string token_ = rig_.Connect();
  int made_ = 0;
};

TEST_F(JobsTest, AJobIsSeenUnderBothItsPaths) {
  const JobId job = MakeJob();
  for (const char* rest : {"", "/status"}) {
    const Answered status = Get(Path(job, rest));
    ASSERT_EQ(status.status, 200);
    EXPECT_EQ(status.text("id"), std::to_string(job.value));
    EXPECT_EQ(status.text("status"), "CREATED");
    EXPECT_EQ(status.text("requestId"), status.header("Elements-Request-Id"));
  }
}

TEST_F(JobsTest, AJobOfAnotherInstanceAndNoJobAtAllAreAnsweredTheSame) {
  const JobId job = MakeJob();
  token_ = rig_.Connect();
  for (const std::string& id : {std::to_string(job.value), std::string("999999"), std::string("x"), std::string("0")}) {
    for (const char* rest : {"", "/status", "/errors", "/rows"}) {
      const Answered answer = Get("/bulk/" + id + rest);
      EXPECT_EQ(answer.status, 404);
      EXPECT_EQ(answer.text("message"), "There is no such job.");
      EXPECT_EQ(answer.text("hint"), "GET /bulk/jobs lists this instance's jobs.");
    }
    EXPECT_EQ(rig_.Element("PUT", "/bulk/" + id + "/cancel", token_).status, 404);
  }
}

TEST_F(JobsTest, ErrorsComeInPagesThatHeadersLeadThrough) {
  const JobId job = MakeJob();
  RejectAll(job, 37);
  const Answered first = Get(Path(job, "/errors?pageSize=30"));
  EXPECT_EQ(first.header("Elements-Returned-Count"), "30");
  const std::string next = first.header("Elements-Next-Page-Token");
  ASSERT_FALSE(next.empty());
  const Answered second = Get(Path(job, "/errors?pageSize=30&nextPage=" + next));
  EXPECT_EQ(second.header("Elements-Returned-Count"), "7");
  EXPECT_FALSE(second.headers.Find("Elements-Next-Page-Token"));
  const auto rows = wire::ParseOutcomes(second.body);
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->front().row, 31);
  EXPECT_EQ(second.json().at(0).at("status"), "No good.");
}

TEST_F(JobsTest, AJobWithoutErrorsHasAnEmptyPage) {
  const Answered errors = Get(Path(MakeJob(), "/errors"));
  EXPECT_EQ(errors.body, "[]");
  EXPECT_EQ(errors.header("Elements-Returned-Count"), "0");
}

TEST_F(JobsTest, RowsAreFilteredByOutcome) {
  const JobId job = MakeJob();
  RejectAll(job, 3);
  EXPECT_EQ(Get(Path(job, "/rows")).header("Elements-Returned-Count"), "3");
  EXPECT_EQ(Get(Path(job, "/rows?outcome=created,updated")).body, "[]");
  const Answered wrong = Get(Path(job, "/rows?outcome=rejectd"));
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(wrong.text("hint"), "Did you mean \"rejected\"?");
}

TEST_F(JobsTest, APageSizeOutsideItsLimitsIsRefused) {
  const JobId job = MakeJob();
  for (const char* size : {"0", "5001", "x"}) {
    EXPECT_EQ(Get(Path(job, std::string("/errors?pageSize=") + size)).status, 400);
    EXPECT_EQ(Get(std::string("/bulk/jobs?pageSize=") + size).status, 400);
  }
  EXPECT_EQ(Get(Path(job, "/errors?nextPage=rubbish")).status, 400);
}

TEST_F(JobsTest, CancelIsRecordedToldToTheEngineAndRefusedOnceTheJobHasEnded) {
  const JobId job = MakeJob();
  const Answered cancelled = rig_.Element("PUT", Path(job, "/cancel"), token_);
  EXPECT_EQ(cancelled.status, 200);
  EXPECT_EQ(cancelled.text("status"), "CANCELLATION_PENDING");
  EXPECT_EQ(rig_.told().cancelled, std::vector{job});
  const JobId ended = MakeJob();
  RejectAll(ended, 1);
  EXPECT_EQ(rig_.Element("PUT", Path(ended, "/cancel"), token_).status, 409);
}

TEST_F(JobsTest, PauseAndResumeAreRecordedToldToTheEngineAndRefusedOnceTheJobHasEnded) {
  const JobId job = MakeJob();
  const Answered paused = rig_.Element("PUT", Path(job, "/pause"), token_);
  EXPECT_EQ(paused.status, 200);
  EXPECT_EQ(paused.text("waitReason"), "paused: resume the job to go on");
  EXPECT_TRUE(paused.json().at("paused").as_bool());
  const Answered resumed = rig_.Element("PUT", Path(job, "/resume"), token_);
  EXPECT_EQ(resumed.status, 200);
  EXPECT_FALSE(resumed.json().at("paused").as_bool());
  EXPECT_EQ(rig_.told().pause_changed, (std::vector{job, job}));
  const JobId ended = MakeJob();
  RejectAll(ended, 1);
  EXPECT_EQ(rig_.Element("PUT", Path(ended, "/pause"), token_).status, 409);
  EXPECT_EQ(rig_.Element("PUT", Path(ended, "/resume"), token_).status, 409);
}

TEST_F(JobsTest, APurgeIsRecordedToldOfAndRefusedBeforeTheJobsEnd) {
  const JobId job = MakeJob();
  EXPECT_EQ(rig_.Element("DELETE", Path(job, "/rows"), token_).status, 409);
  RejectAll(job, 3);
  EXPECT_EQ(rig_.Element("DELETE", Path(job, "/rows"), rig_.Connect()).status, 404);
  const Answered begun = rig_.Element("DELETE", Path(job, "/rows"), token_);
  EXPECT_EQ(begun.status, 202) << begun.body;
  EXPECT_EQ(begun.text("message"), "3 rows: 3 rejected. The rows are being purged.");
  EXPECT_EQ(rig_.told().purges, 1);
  for (const char* rest : {"/rows", "/errors", "/causes", "/results", "/results/all.csv"}) {
    EXPECT_EQ(Get(Path(job, rest)).status, 410) << rest;
  }
  EXPECT_EQ(rig_.Element("POST", Path(job, "/retry"), token_).text("type"), "urn:rowcall:problem:gone");
  EXPECT_TRUE(rig_.Run(rig_.ledger().EndPurge(Tenant(), job)));
  const Answered done = rig_.Element("DELETE", Path(job, "/rows"), token_);
  EXPECT_EQ(done.status, 200);
  EXPECT_FALSE(done.text("rowsPurgedAt").empty());
  EXPECT_EQ(Get(Path(job, "/status")).text("rowsPurgedAt"), done.text("rowsPurgedAt"));
}

TEST_F(JobsTest, AnEndedJobsEventsAreItsLastStatusAndThenNothing) {
  const JobId job = MakeJob();
  RejectAll(job, 1);
  const Answered all = rig_.Element("GET", Path(job, "/events"), token_);
  ASSERT_EQ(all.status, 200) << all.body;
  EXPECT_EQ(all.header("Content-Type"), "text/event-stream");
  const std::string revision = all.body.substr(4, all.body.find('\n') - 4);
  EXPECT_TRUE(all.body.starts_with("id: " + revision + "\nevent: status\ndata: {\"id\":")) << all.body;
  EXPECT_TRUE(all.body.ends_with("}\n\n")) << all.body;
  EXPECT_EQ(all.body.find("event:"), all.body.rfind("event:"));
  const auto behind = [&](const std::string& last) {
    return rig_.Element("GET", Path(job, "/events"), token_, {"", "", {{"Last-Event-ID", last}}}).status;
  };
  EXPECT_EQ(behind(revision), 204);
  EXPECT_EQ(behind("1"), 200);
  EXPECT_EQ(behind("none"), 200);
}

TEST_F(JobsTest, JobsAreListedNewestFirstInPages) {
  std::vector<std::int64_t> made;
  for (int i = 0; i < 5; ++i) made.insert(made.begin(), MakeJob().value);
  std::vector<std::int64_t> listed;
  std::string next;
  int pages = 0;
  do {
    const Answered page = Get("/bulk/jobs?pageSize=2&nextPage=" + next);
    ASSERT_EQ(page.status, 200) << page.body;
    for (const auto& job : page.json().as_array()) listed.push_back(job.at("id").as_int64());
    next = page.header("Elements-Next-Page-Token");
    ++pages;
  } while (!next.empty());
  EXPECT_EQ(listed, made);
  EXPECT_EQ(pages, 3);
}

TEST_F(JobsTest, WhereChoosesAmongJobs) {
  const JobId club = MakeJob("club");
  const JobId person = MakeJob("person");
  RejectAll(person, 7);
  const auto ids = [&](const std::string& where) {
    const Answered page = Get("/bulk/jobs?where=" + where);
    EXPECT_EQ(page.status, 200) << page.body;
    std::vector<std::int64_t> found;
    for (const auto& job : page.json().as_array()) found.push_back(job.at("id").as_int64());
    return found;
  };
  EXPECT_EQ(ids("object_name%3D'club'"), std::vector{club.value});
  EXPECT_EQ(ids("job_status%3D'COMPLETED'%20and%20record_count%3E%3D7"), std::vector{person.value});
  EXPECT_EQ(ids("job_direction%3D'UPLOAD'").size(), 2u);
  EXPECT_EQ(ids("job_direction%3D'DOWNLOAD'").size(), 0u);
  EXPECT_EQ(ids("completion_time%20IS%20NULL"), std::vector{club.value});
  EXPECT_EQ(Get("/bulk/jobs?where=objct_name%3D'x'").text("hint"), "Did you mean \"object_name\"?");
  EXPECT_EQ(Get("/bulk/jobs?where=%3D").status, 400);
}

TEST_F(JobsTest, AnInstanceMayCallItsFinishedJobsComplete) {
  token_ = rig_.Connect(R"(,"bulk.status.completed":"COMPLETE")");
  const JobId job = MakeJob();
  RejectAll(job, 1);
  EXPECT_EQ(Get(Path(job, "/status")).text("status"), "COMPLETE");
  EXPECT_EQ(Get("/bulk/jobs?where=job_status%3D'COMPLETE'").json().at(0).at("status"), "COMPLETE");
}

TEST_F(JobsTest, AnInstanceWithAnUnfinishedJobIsNotDeleted) {
  const JobId job = MakeJob();
  const std::string path = "/instances/" + std::to_string(rig_.last_instance.value);
  EXPECT_EQ(rig_.Platform("DELETE", path).status, 409);
  RejectAll(job, 1);
  EXPECT_EQ(rig_.Platform("DELETE", path).status, 200);
}

}  // namespace
}  // namespace rowcall::api

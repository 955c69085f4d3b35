#include "api/metrics.h"

#include <set>

#include "api/test_rig.h"
#include "base/text.h"

namespace rowcall::api {
namespace {

/// A scrape, read as strictly as the format allows: HELP and TYPE before each family, once; each series once.
class Scrape {
 public:
  explicit Scrape(const std::string& text) {
    EXPECT_TRUE(text.ends_with('\n'));
    for (const std::string_view line : Split(text, '\n')) {
      if (line.starts_with("# HELP ")) {
        Begin(line.substr(7));
      } else if (line.starts_with("# TYPE ")) {
        SetType(line.substr(7));
      } else if (!line.empty()) {
        Add(line);
      }
    }
  }

  double Of(const std::string& series) const {
    const auto found = values_.find(series);
    EXPECT_NE(found, values_.end()) << series;
    return found == values_.end() ? -1 : found->second;
  }
  const std::map<std::string, double>& values() const { return values_; }

 private:
  void Begin(std::string_view help) {
    family_ = help.substr(0, help.find(' '));
    EXPECT_TRUE(families_.insert(family_).second) << family_ << " stands twice";
    EXPECT_GT(help.size(), family_.size() + 1) << family_ << " has no help";
    type_.clear();
  }

  void SetType(std::string_view rest) {
    EXPECT_TRUE(rest.starts_with(family_ + " ")) << rest;
    type_ = rest.substr(family_.size() + 1);
    EXPECT_TRUE(type_ == "counter" || type_ == "gauge" || type_ == "histogram") << rest;
    EXPECT_EQ(type_ == "counter", family_.ends_with("_total")) << family_;
  }

  void Add(std::string_view line) {
    const std::size_t space = line.rfind(' ');
    const std::string series(line.substr(0, space)), name = series.substr(0, series.find('{'));
    ASSERT_NE(space, std::string_view::npos) << line;
    EXPECT_FALSE(type_.empty()) << line;
    const std::string suffix = name.substr(std::min(family_.size(), name.size()));
    const bool fits =
        type_ == "histogram" ? suffix == "_bucket" || suffix == "_sum" || suffix == "_count" : suffix.empty();
    EXPECT_TRUE(name.starts_with(family_) && fits) << line;
    EXPECT_TRUE(!series.contains('{') || series.ends_with("\"}")) << line;
    std::size_t used = 0;
    const std::string number(line.substr(space + 1));
    EXPECT_TRUE(values_.emplace(series, std::stod(number, &used)).second) << line << " stands twice";
    EXPECT_EQ(used, number.size()) << line;
  }

  std::string family_, type_;
  std::set<std::string> families_;
  std::map<std::string, double> values_;
};

class MetricsTest : public testing::Test {
 protected:
  Scrape Read(const ledger::OpenWork& open = {}, std::size_t connections = 0, const dispatch::RateUse& rate = {}) {
    return Scrape(metrics_.Text(open, rate, connections));
  }
  static net::RequestRecord ARequest(std::string_view route, std::string_view method, int status) {
    return {.id = "1", .method = method, .route = route, .status = status, .sent = true};
  }

  FakeClock clock_;
  Metrics metrics_{clock_, "1.2.3"};
};

TEST_F(MetricsTest, CountsStandAtZeroBeforeTheirFirstTime) {
  const Scrape scrape = Read();
  for (const model::OutcomeKind kind : model::kAllOutcomes) {
    EXPECT_EQ(scrape.Of("rowcall_rows_total{outcome=\"" + std::string(Name(kind)) + "\"}"), 0);
  }
  for (const std::string result : {"answered", "rate_limited", "maybe_sent", "not_sent"}) {
    EXPECT_EQ(scrape.Of("rowcall_service_calls_total{result=\"" + result + "\"}"), 0);
  }
  EXPECT_EQ(scrape.Of("rowcall_jobs_ended_total{status=\"COMPLETED\"}"), 0);
  EXPECT_EQ(scrape.Of("rowcall_callback_attempts_total{result=\"given_up\"}"), 0);
  EXPECT_EQ(scrape.Of("rowcall_build_info{version=\"1.2.3\"}"), 1);
}

TEST_F(MetricsTest, TheProcessIsMeasured) {
  const Scrape scrape = Read();
  EXPECT_EQ(scrape.Of("process_start_time_seconds"), 1'767'225'600);
  EXPECT_GT(scrape.Of("process_resident_memory_bytes"), 1 << 20);
  EXPECT_GT(scrape.Of("process_open_fds"), 2);
  EXPECT_GT(scrape.Of("process_cpu_seconds_total"), 0);
}

TEST_F(MetricsTest, RequestsAreCountedByRouteMethodAndClassOfStatus) {
  net::RequestRecord status = ARequest("/bulk/{id}/status", "GET", 200);
  status.bytes_in = 100;
  status.bytes_out = 1'000;
  status.took = std::chrono::milliseconds(3);
  metrics_.RequestEnded(status);
  status.status = 204;
  metrics_.RequestEnded(status);
  status.status = 404;
  metrics_.RequestEnded(status);
  status.sent = false;
  metrics_.RequestEnded(status);
  const Scrape scrape = Read();
  const std::string labels = "method=\"GET\",route=\"/bulk/{id}/status\"";
  EXPECT_EQ(scrape.Of("rowcall_http_requests_total{" + labels + ",status=\"2xx\"}"), 2);
  EXPECT_EQ(scrape.Of("rowcall_http_requests_total{" + labels + ",status=\"4xx\"}"), 1);
  EXPECT_EQ(scrape.Of("rowcall_http_requests_total{" + labels + ",status=\"aborted\"}"), 1);
  EXPECT_EQ(scrape.Of("rowcall_http_request_duration_seconds_bucket{" + labels + ",le=\"0.001\"}"), 0);
  EXPECT_EQ(scrape.Of("rowcall_http_request_duration_seconds_bucket{" + labels + ",le=\"0.005\"}"), 4);
  EXPECT_EQ(scrape.Of("rowcall_http_request_duration_seconds_bucket{" + labels + ",le=\"+Inf\"}"), 4);
  EXPECT_NEAR(scrape.Of("rowcall_http_request_duration_seconds_sum{" + labels + "}"), 0.012, 1e-9);
  EXPECT_EQ(scrape.Of("rowcall_http_received_bytes_total"), 400);
  EXPECT_EQ(scrape.Of("rowcall_http_sent_bytes_total"), 4'000);
}

TEST_F(MetricsTest, NothingThatACallerChoosesBecomesALabel) {
  const std::size_t before = Read().values().size();
  for (int i = 0; i < 20; ++i) {
    const std::string method = "METHOD" + std::to_string(i), path = "/path" + std::to_string(i);
    net::RequestRecord record = ARequest("", method, 404);
    record.path = path;
    metrics_.RequestEnded(record);
  }
  const Scrape scrape = Read();
  EXPECT_EQ(scrape.Of("rowcall_http_requests_total{method=\"other\",route=\"\",status=\"4xx\"}"), 20);
  EXPECT_EQ(scrape.values().size(), before + 1 + 12);  // the counter; nine buckets, +Inf, sum and count
}

TEST_F(MetricsTest, CallsAreCountedByWhatCameOfThem) {
  net::Exchange exchange;
  metrics_.CallEnded(exchange);
  exchange.delivery = net::Delivery::maybe_sent;
  metrics_.CallEnded(exchange);
  exchange.delivery = net::Delivery::answered;
  for (const int status : {200, 409, 429, 500}) {
    exchange.answer.status = status;
    metrics_.CallEnded(exchange);
  }
  const Scrape scrape = Read();
  EXPECT_EQ(scrape.Of("rowcall_service_calls_total{result=\"not_sent\"}"), 1);
  EXPECT_EQ(scrape.Of("rowcall_service_calls_total{result=\"maybe_sent\"}"), 1);
  EXPECT_EQ(scrape.Of("rowcall_service_calls_total{result=\"answered\"}"), 3);
  EXPECT_EQ(scrape.Of("rowcall_service_calls_total{result=\"rate_limited\"}"), 1);
}

TEST_F(MetricsTest, ACommitBringsItsRowsJobsAndCallbacks) {
  ledger::Committed committed;
  committed.took = std::chrono::milliseconds(2);
  committed.rows[model::OutcomeKind::created] = 5;
  committed.rows[model::OutcomeKind::rejected] = 2;
  committed.rows.incomplete = 1;
  committed.doubts = 3;
  committed.jobs_created = 1;
  committed.rows_unaccounted = 2;
  committed.leases_taken_over = 3;
  committed.jobs_ended = {model::JobStatus::completed, model::JobStatus::cancelled};
  committed.callback_attempts = {ledger::CallbackResult::retry, ledger::CallbackResult::delivered};
  metrics_.Committed(committed);
  metrics_.Committed(committed);
  const Scrape scrape = Read();
  EXPECT_EQ(scrape.Of("rowcall_rows_total{outcome=\"created\"}"), 10);
  EXPECT_EQ(scrape.Of("rowcall_rows_total{outcome=\"rejected\"}"), 4);
  EXPECT_EQ(scrape.Of("rowcall_rows_incomplete_total"), 2);
  EXPECT_EQ(scrape.Of("rowcall_row_doubts_total"), 6);
  EXPECT_EQ(scrape.Of("rowcall_jobs_created_total"), 2);
  EXPECT_EQ(scrape.Of("rowcall_rows_unaccounted_total"), 4);
  EXPECT_EQ(scrape.Of("rowcall_lease_takeovers_total"), 6);
  EXPECT_EQ(scrape.Of("rowcall_jobs_ended_total{status=\"COMPLETED\"}"), 2);
  EXPECT_EQ(scrape.Of("rowcall_jobs_ended_total{status=\"CANCELLED\"}"), 2);
  EXPECT_EQ(scrape.Of("rowcall_callback_attempts_total{result=\"retry\"}"), 2);
  EXPECT_EQ(scrape.Of("rowcall_callback_attempts_total{result=\"delivered\"}"), 2);
  EXPECT_EQ(scrape.Of("rowcall_ledger_commit_duration_seconds_count"), 2);
  EXPECT_EQ(scrape.Of("rowcall_ledger_commit_duration_seconds_bucket{le=\"0.001\"}"), 0);
  EXPECT_EQ(scrape.Of("rowcall_ledger_commit_duration_seconds_bucket{le=\"0.0025\"}"), 2);
}

TEST_F(MetricsTest, WhatIsOpenIsTakenAsItIsAtTheScrape) {
  Read({.jobs_created = 9,
        .jobs_running = 9,
        .jobs_being_cancelled = 9,
        .rows_in_doubt = 9,
        .callbacks_owed = 9,
        .callbacks_due = 9},
       9);
  const Scrape scrape = Read({.jobs_created = 1,
                              .jobs_running = 2,
                              .jobs_being_cancelled = 3,
                              .rows_in_doubt = 4,
                              .callbacks_owed = 6,
                              .callbacks_due = 5},
                             7, {.limit = 1'666, .used = 40});
  EXPECT_EQ(scrape.Of("rowcall_open_jobs{status=\"CREATED\"}"), 1);
  EXPECT_EQ(scrape.Of("rowcall_open_jobs{status=\"RUNNING\"}"), 2);
  EXPECT_EQ(scrape.Of("rowcall_open_jobs{status=\"CANCELLATION_PENDING\"}"), 3);
  EXPECT_EQ(scrape.Of("rowcall_rows_in_doubt"), 4);
  EXPECT_EQ(scrape.Of("rowcall_callbacks_due"), 5);
  EXPECT_EQ(scrape.Of("rowcall_callbacks_owed"), 6);
  EXPECT_EQ(scrape.Of("rowcall_http_connections"), 7);
  EXPECT_EQ(scrape.Of("rowcall_rate_limit_calls"), 1'666);
  EXPECT_EQ(scrape.Of("rowcall_rate_used_calls"), 40);
}

TEST(MetricsCallTest, AnybodyIsAnsweredTextForPrometheus) {
  Rig rig;
  const std::string prometheus =
      "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
  for (const std::string& accept : {prometheus, std::string("text/plain"), std::string("text/*")}) {
    const Answered answer = rig.Send("GET", "/metrics", {"", "", {{"Accept", accept}}});
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  }
  EXPECT_EQ(rig.Send("GET", "/elements/api-v2/metrics").status, 200);
  EXPECT_EQ(rig.Send("GET", "/metrics", {"", "", {{"Accept", "application/json"}}}).status, 406);
}

TEST(MetricsCallTest, WhatTheInterfaceDoesIsCountedAndNamesNobody) {
  Rig rig;
  const std::string token = rig.Connect();
  const std::string csv = "mail\nann@example.com\n";
  const std::string form =
      "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"secret-name.csv\"\r\n\r\n" + csv +
      "\r\n--b--\r\n";
  const Answered uploaded =
      rig.Upload(token, "/bulk/person?path=ann@example.com", {form, "multipart/form-data; boundary=b", {}});
  ASSERT_EQ(uploaded.status, 200) << uploaded.body;
  const std::string text = rig.Send("GET", "/metrics").body;
  const Scrape scrape(text);
  EXPECT_EQ(scrape.Of("rowcall_service_calls_total{result=\"answered\"}"), rig.service().calls());
  EXPECT_EQ(scrape.Of("rowcall_uploaded_files_total"), 1);
  EXPECT_EQ(scrape.Of("rowcall_uploaded_bytes_total"), static_cast<double>(csv.size()));
  EXPECT_EQ(scrape.Of("rowcall_jobs_created_total"), 1);
  EXPECT_EQ(scrape.Of("rowcall_open_jobs{status=\"CREATED\"}"), 1);
  EXPECT_EQ(scrape.Of("rowcall_http_requests_total{method=\"POST\",route=\"/bulk/{object}\",status=\"2xx\"}"), 1);
  EXPECT_EQ(scrape.Of("rowcall_http_connections"), 1);
  for (const std::string& name :
       {token, rig.user(), rig.organization(), std::string("good-token"), std::string("ann@example.com"),
        std::string("secret-name"), std::string("Mine"), std::string("tenant="), std::string("instance=")}) {
    EXPECT_EQ(text.find(name), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace rowcall::api

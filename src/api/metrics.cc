#include "api/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "api/process_usage.h"
#include "base/log.h"

namespace rowcall::api {

namespace {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;

template <typename Metric>
using Family = prometheus::Family<Metric>;

constexpr int kTooManyRequests = 429;

double Seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

/// A method as a label: any other than the usual ones is the caller's own word.
std::string MethodLabel(std::string_view method) {
  static constexpr std::array<std::string_view, 7> kKnown = {"DELETE", "GET",  "HEAD", "OPTIONS",
                                                             "PATCH",  "POST", "PUT"};
  return std::ranges::find(kKnown, method) == kKnown.end() ? "other" : std::string(method);
}

std::string StatusLabel(const net::RequestRecord& record) {
  return record.sent ? std::to_string(record.status / 100) + "xx" : "aborted";
}

const char* ResultLabel(ledger::CallbackResult result) {
  switch (result) {
    case ledger::CallbackResult::delivered: return "delivered";
    case ledger::CallbackResult::retry: return "retry";
    case ledger::CallbackResult::given_up: break;
  }
  return "given_up";
}

std::string StatusLabel(model::JobStatus status) { return std::string(model::Name(status)); }

/// For a count that is kept elsewhere and never falls.
void Advance(Counter& counter, double to) { counter.Increment(to - counter.Value()); }

}  // namespace

struct Metrics::Families {
  Family<Counter>& Count(const std::string& name, const std::string& help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  Family<Gauge>& Measure(const std::string& name, const std::string& help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
  Family<Histogram>& Spread(const std::string& name, const std::string& help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }

  Counter& CallsThat(const net::Exchange& exchange) {
    switch (exchange.delivery) {
      case net::Delivery::not_sent: return calls_not_sent;
      case net::Delivery::maybe_sent: return calls_maybe_sent;
      case net::Delivery::answered: break;
    }
    return exchange.answer.status == kTooManyRequests ? calls_rate_limited : calls_answered;
  }

  // In seconds.
  const Histogram::BucketBoundaries request_buckets = {0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 600};
  const Histogram::BucketBoundaries commit_buckets = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5};

  prometheus::Registry registry;

  Family<Gauge>& build = Measure("rowcall_build_info", "Always 1; the label tells the version.");
  Gauge& started = Measure("process_start_time_seconds", "When the process started, since 1970.").Add({});
  Counter& cpu = Count("process_cpu_seconds_total", "Processor time used, in user and system mode.").Add({});
  Gauge& memory = Measure("process_resident_memory_bytes", "Memory in use.").Add({});
  Gauge& descriptors = Measure("process_open_fds", "Open file descriptors.").Add({});
  Counter& log_lines_dropped =
      Count("rowcall_log_lines_dropped_total", "Log lines that standard error did not take.").Add({});

  Family<Counter>& requests = Count("rowcall_http_requests_total",
                                    "Requests by route, method and class of status; \"aborted\": the answer did not go "
                                    "out whole. Without route: no path of ours, or no readable request.");
  Family<Histogram>& request_seconds =
      Spread("rowcall_http_request_duration_seconds", "From a request's first byte to its answer's last.");
  Counter& received = Count("rowcall_http_received_bytes_total", "Bytes of requests.").Add({});
  Counter& sent = Count("rowcall_http_sent_bytes_total", "Bytes of answers.").Add({});
  Gauge& connections = Measure("rowcall_http_connections", "Connections open now.").Add({});
  Counter& files = Count("rowcall_uploaded_files_total", "Files that jobs were made of.").Add({});
  Counter& file_bytes = Count("rowcall_uploaded_bytes_total", "Bytes of these files, as they came.").Add({});

  Family<Gauge>& open_jobs = Measure("rowcall_open_jobs", "Jobs that have not ended, by status.");
  Counter& jobs_created = Count("rowcall_jobs_created_total", "Jobs created.").Add({});
  Family<Counter>& jobs_ended = Count("rowcall_jobs_ended_total", "Jobs ended, by status.");
  Family<Counter>& rows = Count("rowcall_rows_total", "Rows by outcome.");
  Counter& rows_incomplete =
      Count("rowcall_rows_incomplete_total", "Rows with a secondary step that did not end well.").Add({});
  Gauge& rows_in_doubt = Measure("rowcall_rows_in_doubt", "Rows sent without a definite answer, now.").Add({});
  Counter& doubts = Count("rowcall_row_doubts_total", "Attempts at rows that ended without a definite answer.").Add({});

  Counter& rows_unaccounted = Count("rowcall_rows_unaccounted_total",
                                    "Rows of ended jobs that have no outcome. Anything but 0 is a fault of Rowcall.")
                                  .Add({});
  Counter& leases_taken_over = Count("rowcall_lease_takeovers_total",
                                     "Instances whose work was taken over from another process, or from one before.")
                                   .Add({});

  Gauge& rate_limit =
      Measure("rowcall_rate_limit_calls", "Calls that the services allow in the window open now, all together.")
          .Add({});
  Gauge& rate_used = Measure("rowcall_rate_used_calls", "Of these, used already, by anybody.").Add({});
  Family<Counter>& calls =
      Count("rowcall_service_calls_total",
            "Calls to connected services: \"answered\", \"rate_limited\" (429), \"maybe_sent\" (no whole answer came), "
            "\"not_sent\" (nothing can have reached the service).");
  Counter& calls_answered = calls.Add({{"result", "answered"}});
  Counter& calls_rate_limited = calls.Add({{"result", "rate_limited"}});
  Counter& calls_maybe_sent = calls.Add({{"result", "maybe_sent"}});
  Counter& calls_not_sent = calls.Add({{"result", "not_sent"}});

  Gauge& callbacks_owed = Measure("rowcall_callbacks_owed", "Callbacks neither delivered nor given up.").Add({});
  Gauge& callbacks_due = Measure("rowcall_callbacks_due", "Of these, those whose time has come.").Add({});
  Family<Counter>& callback_attempts = Count("rowcall_callback_attempts_total", "Attempts at callbacks, by result.");

  Histogram& commit_seconds = Spread("rowcall_ledger_commit_duration_seconds",
                                     "Transactions of the ledger, each of a group of writes, to the end of the flush.")
                                  .Add({}, commit_buckets);
};

Metrics::Metrics(const Clock& clock, std::string_view version) : families_(std::make_unique<Families>()) {
  families_->build.Add({{"version", std::string(version)}}).Set(1);
  families_->started.Set(std::chrono::duration<double>(clock.Now().time_since_epoch()).count());
  // So that a rate can be told from the first of each on.
  for (const model::OutcomeKind kind : model::kAllOutcomes) families_->rows.Add({{"outcome", std::string(Name(kind))}});
  for (const char* result : {"delivered", "retry", "given_up"}) families_->callback_attempts.Add({{"result", result}});
  using enum model::JobStatus;
  for (const model::JobStatus status : {completed, aborted, error, cancelled}) {
    families_->jobs_ended.Add({{"status", StatusLabel(status)}});
  }
}

Metrics::~Metrics() = default;

void Metrics::RequestEnded(const net::RequestRecord& record) {
  const std::string route(record.route), method = MethodLabel(record.method);
  families_->requests.Add({{"route", route}, {"method", method}, {"status", StatusLabel(record)}}).Increment();
  families_->request_seconds.Add({{"route", route}, {"method", method}}, families_->request_buckets)
      .Observe(Seconds(record.took));
  families_->received.Increment(static_cast<double>(record.bytes_in));
  families_->sent.Increment(static_cast<double>(record.bytes_out));
}

void Metrics::CallEnded(const net::Exchange& exchange) { families_->CallsThat(exchange).Increment(); }

void Metrics::FileStored(std::int64_t bytes) {
  families_->files.Increment();
  families_->file_bytes.Increment(static_cast<double>(bytes));
}

void Metrics::Committed(const ledger::Committed& committed) {
  families_->commit_seconds.Observe(Seconds(committed.took));
  for (const model::OutcomeKind kind : model::kAllOutcomes) {
    const std::int64_t count = committed.rows[kind];
    if (count > 0) {
      families_->rows.Add({{"outcome", std::string(Name(kind))}}).Increment(static_cast<double>(count));
    }
  }
  families_->rows_incomplete.Increment(static_cast<double>(committed.rows.incomplete));
  families_->doubts.Increment(static_cast<double>(committed.doubts));
  families_->jobs_created.Increment(static_cast<double>(committed.jobs_created));
  for (const model::JobStatus status : committed.jobs_ended) {
    families_->jobs_ended.Add({{"status", StatusLabel(status)}}).Increment();
  }
  families_->rows_unaccounted.Increment(static_cast<double>(committed.rows_unaccounted));
  families_->leases_taken_over.Increment(static_cast<double>(committed.leases_taken_over));
  for (const ledger::CallbackResult result : committed.callback_attempts) {
    families_->callback_attempts.Add({{"result", ResultLabel(result)}}).Increment();
  }
}

std::string Metrics::Text(const ledger::OpenWork& open, const dispatch::RateUse& rate, std::size_t connections) {
  const ProcessUsage usage = ReadProcessUsage();
  Advance(families_->cpu, usage.cpu_seconds);
  families_->memory.Set(static_cast<double>(usage.resident_bytes));
  families_->descriptors.Set(static_cast<double>(usage.open_descriptors));
  Advance(families_->log_lines_dropped, static_cast<double>(DroppedLogLines()));
  families_->connections.Set(static_cast<double>(connections));
  using enum model::JobStatus;
  for (const auto& [status, count] : {std::pair(created, open.jobs_created), std::pair(running, open.jobs_running),
                                      std::pair(cancellation_pending, open.jobs_being_cancelled)}) {
    families_->open_jobs.Add({{"status", StatusLabel(status)}}).Set(static_cast<double>(count));
  }
  families_->rows_in_doubt.Set(static_cast<double>(open.rows_in_doubt));
  families_->rate_limit.Set(static_cast<double>(rate.limit));
  families_->rate_used.Set(static_cast<double>(rate.used));
  families_->callbacks_owed.Set(static_cast<double>(open.callbacks_owed));
  families_->callbacks_due.Set(static_cast<double>(open.callbacks_due));
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families_->registry.Collect());
  return std::move(text).str();
}

}  // namespace rowcall::api

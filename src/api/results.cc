// Result files: the rows that were sent, each with what became of it.

#include <charconv>
#include <memory>
#include <utility>

#include "api/answer.h"
#include "api/find_job.h"
#include "api/resources.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "job/plan.h"
#include "results/result_file.h"
#include "results/xlsx_file.h"

namespace rowcall::api {

namespace {

using results::ResultFile;

/// A part of a file: bytes first..last.
struct Span {
  std::uint64_t first = 0, last = 0;
};

/// As a Range header asks for it; `length` bytes from the end if `first` is absent.
struct AskedSpan {
  std::optional<std::uint64_t> first, last;
};

std::optional<std::uint64_t> Number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// One range of bytes (RFC 9110, section 14); whatever else the header says is as if it were not there.
std::optional<AskedSpan> ReadRange(std::string_view header) {
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return std::nullopt;
  header.remove_prefix(kUnit.size());
  const std::size_t dash = header.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view first = header.substr(0, dash);
  const std::string_view last = header.substr(dash + 1);
  const AskedSpan asked{Number(first), Number(last)};
  const bool is_good = (asked.first || first.empty()) && (asked.last || last.empty()) && (asked.first || asked.last) &&
                       (!asked.first || !asked.last || *asked.first <= *asked.last);
  return is_good ? std::optional(asked) : std::nullopt;
}

/// nullopt: a file of that size has no such part.
std::optional<Span> SpanIn(const AskedSpan& asked, std::uint64_t size) {
  if (!asked.first) {
    if (*asked.last == 0 || size == 0) return std::nullopt;
    return Span{size - std::min(size, *asked.last), size - 1};
  }
  if (*asked.first >= size) return std::nullopt;
  return Span{*asked.first, std::min(asked.last.value_or(size - 1), size - 1)};
}

/// A file that is made anew for each reader.
struct FileOrder {
  const ApiParts& parts;
  model::Job job;
  formats::Dialect dialect;
  results::ResultFileName name;

  std::shared_ptr<ResultFile> Make() const {  // owner: the answer
    results::ResultRows rows(parts.ledger, parts.files, job, dialect, {.kinds = results::KindsOf(name.selection)});
    if (name.format == results::ResultFormat::xlsx) {
      const WallTime made_at = model::IsFinal(job.status) ? job.finished_at : parts.clock.Now();
      return results::NewXlsxFile(std::move(rows), dialect, parts.pool, parts.scratch_folder, made_at);
    }
    return results::NewTextFile(std::move(rows), dialect, name.format);
  }
  std::string EntityTag() const { return "\"" + std::to_string(job.id.value) + "-" + FileName() + "\""; }
  std::string FileName() const { return results::FileName(name); }
};

async::Task<Result<std::uint64_t>> SizeOf(const FileOrder& order) {
  const auto file = order.Make();
  std::uint64_t size = 0;
  for (;;) {
    ASSIGN_OR_CO_RETURN(const std::string piece, co_await file->Next());
    if (piece.empty()) co_return size;
    size += piece.size();
  }
}

/// The pieces of a file's part. What stands before it is made and dropped.
class Part {
 public:
  Part(std::shared_ptr<ResultFile> file, Span span)  // owner: this part
      : file_(std::move(file)), skip_(span.first), left_(span.last - span.first + 1) {}

  async::Task<Result<std::string>> Next() {
    while (left_ > 0) {
      ASSIGN_OR_CO_RETURN(std::string piece, co_await file_->Next());
      if (piece.empty()) break;
      const std::uint64_t dropped = std::min<std::uint64_t>(skip_, piece.size());
      skip_ -= dropped;
      piece.erase(0, dropped);
      if (piece.size() > left_) piece.resize(left_);
      left_ -= piece.size();
      if (!piece.empty()) co_return piece;
    }
    co_return std::string();
  }

 private:
  std::shared_ptr<ResultFile> file_;
  std::uint64_t skip_, left_;
};

/// The part that is asked for of a file that does not change any more; nullopt = all of it.
std::optional<AskedSpan> AskedPart(const Call& call, const FileOrder& order) {
  if (!model::IsFinal(order.job.status)) return std::nullopt;
  const auto unless = call.request.headers.Find("If-Range");
  if (unless && *unless != order.EntityTag()) return std::nullopt;
  return ReadRange(call.request.headers.Find("Range").value_or(""));
}

Handled AnswerPart(const Call& call, const FileOrder& order, const AskedSpan& asked, net::ServerAnswer answer) {
  ASSIGN_OR_CO_RETURN(const std::uint64_t size, co_await SizeOf(order));
  const std::optional<Span> span = SpanIn(asked, size);
  const std::string of = "/" + std::to_string(size);
  if (!span) {
    answer = RefusalAnswer(call, 416, "no_such_part", "The file has " + std::to_string(size) + " bytes.",
                           "Ask for a range within them, or without a Range header for all.");
    answer.headers.Add("Content-Range", "bytes */" + std::to_string(size));
    co_return answer;
  }
  answer.status = 206;
  answer.headers.Add("Content-Range", "bytes " + std::to_string(span->first) + "-" + std::to_string(span->last) + of);
  const auto part = std::make_shared<Part>(order.Make(), *span);  // owner: the answer
  answer.more = [part] { return part->Next(); };
  co_return answer;
}

}  // namespace

Handled ListResultFiles(Call& call) {
  ASSIGN_OR_CO_RETURN(const model::Job job, co_await FindJobWithRows(call));
  net::ServerAnswer answer = JsonAnswer("");
  JsonWriter json(answer.body);
  json.BeginArray();
  for (const results::ResultFileName& name : results::AllResultFiles()) {
    json.BeginObject().Key("name").String(results::FileName(name));
    json.Key("rows").Int(results::RowsIn(name.selection, job.counts));
    json.Key("contentType").String(results::MediaTypeOf(name.format)).EndObject();
  }
  json.EndArray();
  co_return answer;
}

Handled GetResultFile(Call& call) {
  ASSIGN_OR_CO_RETURN(model::Job job, co_await FindJobWithRows(call));
  ASSIGN_OR_CO_RETURN(const results::ResultFileName name, results::ReadResultFileName(call.path.find("file")->second));
  if (job.plan_json.empty()) {
    const bool is_final = model::IsFinal(job.status);
    co_return RefusalAnswer(call, 409, "no_rows", "No row of this job's file was read.",
                            is_final ? "The status says why." : "Ask again when it runs.");
  }
  ASSIGN_OR_CO_RETURN(job::Plan plan, job::PlanFromJson(job.plan_json));
  const FileOrder order{call.parts, std::move(job), std::move(plan.dialect), name};
  net::ServerAnswer answer;
  answer.headers.Add("Content-Type", std::string(results::MediaTypeOf(name.format)));
  answer.headers.Add("Content-Disposition", "attachment; filename=\"job-" + std::to_string(order.job.id.value) + "-" +
                                                order.FileName() + "\"");
  answer.headers.Add("Cache-Control", "private, no-store");
  if (model::IsFinal(order.job.status)) {
    answer.headers.Add("Accept-Ranges", "bytes");
    answer.headers.Add("ETag", order.EntityTag());
  }
  if (const auto asked = AskedPart(call, order)) co_return co_await AnswerPart(call, order, *asked, std::move(answer));
  const auto file = order.Make();
  // What is wrong from the start is still told as a problem.
  ASSIGN_OR_CO_RETURN(answer.body, co_await file->Next());
  answer.more = [file] { return file->Next(); };
  co_return answer;
}

}  // namespace rowcall::api

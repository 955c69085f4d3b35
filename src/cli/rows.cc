#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <ostream>

#include "base/text.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/table.h"
#include "wire/json_object.h"
#include "wire/outcome.h"
#include "wire/status.h"

namespace rowcall::cli {

namespace {

struct RowsOptions {
  AccessOptions access;
  std::int64_t job = 0;
  std::vector<std::string> outcomes;
  std::string code;
  std::string search;
  bool errors = false;
  bool by_cause = false;
  std::int64_t limit = 0;
  bool json = false;
};

/// What and what to do, as two sentences.
std::string Sentences(std::string message, const std::string& hint) {
  if (hint.empty()) return message;
  if (!message.ends_with('.')) message += '.';
  return message + " " + hint;
}

/// What an outcome is called: of an undo otherwise than of a load.
using NameOf = std::string_view (*)(model::OutcomeKind);

std::vector<std::string> Cells(const model::Outcome& outcome, NameOf name) {
  const model::Reason* first = model::FirstReason(outcome);
  const model::Reason reason = first == nullptr ? model::Reason() : *first;
  const std::string what = outcome.incomplete.empty() ? "" : ", incomplete";
  return {std::to_string(outcome.row), std::string(name(outcome.kind)) + what, outcome.vendor_id, reason.column,
          Sentences(reason.message, reason.hint)};
}

Result<void> Print(const RowsOptions& options, const std::string& page, bool first, NameOf name, std::ostream& out) {
  if (options.json) {
    boost::system::error_code error;
    const boost::json::value rows = boost::json::parse(page, error);
    if (error || !rows.is_array()) return Fail(ErrorKind::unavailable, "the server's answer is not a list of rows");
    for (const boost::json::value& row : rows.get_array()) out << boost::json::serialize(row) << "\n";
    return {};
  }
  ASSIGN_OR_RETURN(const auto outcomes, FromAnswer(wire::ParseOutcomes(page)));
  std::vector<std::vector<std::string>> table;
  if (first) table.push_back({"ROW", "OUTCOME", "ID", "COLUMN", "REASON"});
  for (const model::Outcome& outcome : outcomes) table.push_back(Cells(outcome, name));
  out << Table(table, {7, 10, 24, 16});  // pages come one by one, and should look like one table
  return {};
}

std::string Target(const RowsOptions& options, std::int64_t page_size, const std::string& next_page) {
  const std::string list = options.errors ? "/errors" : "/rows";
  std::string target = "/bulk/" + std::to_string(options.job) + list + "?pageSize=" + std::to_string(page_size);
  std::string outcomes;
  for (const std::string& outcome : options.outcomes) outcomes += (outcomes.empty() ? "" : ",") + outcome;
  if (!outcomes.empty()) target += "&outcome=" + outcomes;
  if (!options.code.empty()) target += "&code=" + PercentEncode(options.code);
  if (!options.search.empty()) target += "&search=" + PercentEncode(options.search);
  if (!next_page.empty()) target += "&nextPage=" + PercentEncode(next_page);
  return target;
}

std::int64_t ReturnedIn(const net::HttpAnswer& answer) {
  const std::string_view text = answer.headers.Find("Elements-Returned-Count").value_or("");
  std::int64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

Result<void> PrintCauses(const RowsOptions& options, const std::string& answer, NameOf name, std::ostream& out) {
  ASSIGN_OR_RETURN(const auto causes, FromAnswer(wire::ParseObjects(answer, "The list of causes")));
  std::vector<std::vector<std::string>> table = {{"ROWS", "FIRST", "OUTCOME", "CODE", "COLUMN", "REASON"}};
  for (const auto& cause : causes) {
    if (options.json) out << boost::json::serialize(cause) << "\n";
    const std::string outcome = wire::TextOf(cause, "outcome");
    const auto kind = model::OutcomeNamed(outcome);
    table.push_back({std::to_string(wire::NumberOf(cause, "rows")), std::to_string(wire::NumberOf(cause, "firstRow")),
                     kind ? std::string(name(*kind)) : outcome, wire::TextOf(cause, "code"),
                     wire::TextOf(cause, "column"),
                     Sentences(wire::TextOf(cause, "message"), wire::TextOf(cause, "hint"))});
  }
  if (!options.json) out << Table(table);
  return {};
}

Result<ExitCode> RunRows(const RowsOptions& options, Surroundings& surroundings) {
  constexpr std::int64_t kPage = 500;
  ASSIGN_OR_RETURN(Access access, InstanceAccess(options.access, surroundings.environment));
  ASSIGN_OR_RETURN(const auto client, Client::Open(std::move(access)));
  NameOf name = model::Name;
  if (!options.json) {
    const std::string target = "/bulk/" + std::to_string(options.job) + "/status";
    ASSIGN_OR_RETURN(const net::HttpAnswer answer, client->Get(target));
    ASSIGN_OR_RETURN(const wire::Status status, FromAnswer(wire::ParseStatus(answer.body)));
    if (status.undoes) name = model::NameInUndo;
  }
  if (options.by_cause) {
    const std::string target = "/bulk/" + std::to_string(options.job) + "/causes";
    ASSIGN_OR_RETURN(const net::HttpAnswer answer, client->Get(target));
    RETURN_IF_ERROR(PrintCauses(options, answer.body, name, surroundings.out));
    return ExitCode::fine;
  }
  std::int64_t left = options.limit == 0 ? INT64_MAX : options.limit;
  std::string next_page;
  bool first = true;
  do {
    const std::int64_t size = std::min(kPage, left);
    ASSIGN_OR_RETURN(const net::HttpAnswer answer, client->Get(Target(options, size, next_page)));
    RETURN_IF_ERROR(Print(options, answer.body, first, name, surroundings.out));
    next_page = answer.headers.Find("Elements-Next-Page-Token").value_or("");
    left -= ReturnedIn(answer);  // a page of a search may have few
    first = false;
  } while (!next_page.empty() && left > 0);
  return ExitCode::fine;
}

std::vector<std::string> OutcomeNames() {
  std::vector<std::string> names;
  for (const model::OutcomeKind kind : model::kAllOutcomes) names.emplace_back(model::Name(kind));
  return names;
}

}  // namespace

void AddRows(CLI::App& root, Program& program) {
  auto options = std::make_shared<RowsOptions>();  // owners: the command, the run
  CLI::App* command = root.add_subcommand("rows", "Show what became of a job's rows, and why");
  command->add_option("job", options->job, "The job's id")->required();
  command->add_option("--outcome", options->outcomes, "Only rows with one of these, separated by commas")
      ->delimiter(',')
      ->check(CLI::IsMember(OutcomeNames()));
  command->add_option("--code", options->code, "Only rows with a reason of this code");
  command->add_option("--search", options->search,
                      "Only rows with this as one of their cells, or as the id of their record");
  command->add_flag("--errors", options->errors, "Only rows that failed, or whose steps did not all end well; alone");
  command->add_flag("--by-cause", options->by_cause,
                    "Why rows failed, like failures together, that of most rows first; alone");
  command->parse_complete_callback([options] {
    // Not by CLI11's excludes(): of several it prints the names in another order each time.
    const bool narrows = !options->outcomes.empty() || !options->code.empty() || !options->search.empty();
    const char* alone = options->errors ? "--errors" : "--by-cause";
    const bool both = options->errors && options->by_cause;
    if ((options->errors || options->by_cause) && (narrows || both)) {
      throw CLI::ExcludesError(alone, both ? "--by-cause" : "--outcome, --code or --search");
    }
  });
  command->add_option("--limit", options->limit, "At most so many; 0 = all")->check(CLI::NonNegativeNumber);
  command->add_flag("--json", options->json, "Each row as one line of JSON");
  AddInstanceOptions(*command, options->access);
  command->footer(Examples({"rowcall rows 17 --errors", "rowcall rows 17 --by-cause",
                            "rowcall rows 17 --outcome created --json > created.jsonl"}));
  RunWith(*command, program, options, RunRows);
}

}  // namespace rowcall::cli

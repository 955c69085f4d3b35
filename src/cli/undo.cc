#include <memory>
#include <ostream>
#include <utility>

#include "cli/command.h"
#include "cli/job_words.h"
#include "cli/new_job.h"
#include "cli/printable.h"
#include "wire/json_object.h"

namespace rowcall::cli {

namespace {

struct UndoOptions {
  AccessOptions access;
  std::int64_t job = 0;
  std::string callback;
  bool plan = false;
  bool no_wait = false;
  bool json = false;
};

std::string PlanText(const boost::json::object& plan) {
  const auto rows = [&](const char* name) { return wire::NumberOf(plan, name); };
  const auto line = [](std::int64_t count, const char* what) {
    return count > 0 ? WithCommas(count) + (count == 1 ? " row" : " rows") + what + "\n" : std::string();
  };
  std::string text = line(rows("archive"), ": the record that was made is archived, if nobody changed it since");
  text += line(rows("putBack"), ": what was written over is put back, if nobody changed it since");
  text += line(rows("keep"), ": left as they are");
  for (const std::string& sentence : wire::TextsOf(plan, "cannot")) text += Printable(sentence) + "\n";
  return text;
}

Result<ExitCode> RunUndo(const UndoOptions& options, Surroundings& surroundings) {
  ASSIGN_OR_RETURN(Access access, InstanceAccess(options.access, surroundings.environment));
  ASSIGN_OR_RETURN(const auto client, Client::Open(std::move(access)));
  const std::string target = "/bulk/" + std::to_string(options.job) + "/undo";
  ASSIGN_OR_RETURN(const net::HttpAnswer answer, client->Get(target));
  if (options.plan && options.json) {
    surroundings.out << answer.body << '\n';
    return ExitCode::fine;
  }
  ASSIGN_OR_RETURN(const boost::json::object plan, FromAnswer(wire::ParseObject(answer.body, "The plan")));
  (options.plan ? surroundings.out : surroundings.err) << PlanText(plan);
  if (options.plan) return ExitCode::fine;
  Call call;
  call.method = "POST";
  call.target = target;
  if (!options.callback.empty()) call.headers.Set("Elements-Async-Callback-Url", options.callback);
  ASSIGN_OR_RETURN(const JobId job, SendForJob(*client, std::move(call), nullptr));
  return GoOnWith(*client, job, {options.no_wait, options.json}, surroundings);
}

}  // namespace

void AddUndo(CLI::App& root, Program& program) {
  auto options = std::make_shared<UndoOptions>();  // owners: the command, the run
  CLI::App* command = root.add_subcommand("undo", "Take back what a job has loaded, but for what was changed since");
  command->add_option("job", options->job, "The job's id; it must have ended")->required();
  command->add_flag("--plan", options->plan, "Only say what would be done, and what no undo can take back");
  command->add_option("--callback", options->callback, "Address that is told when the undo ends");
  command->add_flag("--no-wait", options->no_wait, "Print the new job's id and end");
  command->add_flag("--json", options->json, "Every change as one line of JSON");
  AddInstanceOptions(*command, options->access);
  command->footer(Examples({"rowcall undo 17 --plan", "rowcall undo 17"}) +
                  "\n\nEach row has an outcome of its own; rowcall rows tells why a record was kept. Ends as rowcall "
                  "upload does.");
  RunWith(*command, program, options, RunUndo);
}

}  // namespace rowcall::cli

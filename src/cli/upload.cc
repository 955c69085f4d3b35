#include <fstream>
#include <iterator>
#include <ostream>

#include "base/crypto.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/new_job.h"
#include "wire/json_object.h"
#include "wire/upload_metadata.h"

namespace rowcall::cli {

namespace {

struct UploadOptions {
  AccessOptions access;
  std::string object;
  std::string file;
  std::string action;
  std::string key;
  std::string mapping_file;
  std::string saved_mapping;
  std::string region;
  std::string if_archived;
  std::string format;
  std::string callback;
  bool keep_pre_image = false;
  std::int64_t canary = 0;
  std::int64_t stop_after = 0;
  std::string rate_share;
  bool no_wait = false;
  bool json = false;
};

Result<std::string> ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(ErrorKind::not_found, path + " cannot be read");
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

Result<std::string> MetadataOf(const UploadOptions& options) {
  wire::UploadMetadata metadata;
  metadata.action = model::ActionNamed(options.action).value_or(model::Action::upsert);
  metadata.match_field = options.key;
  metadata.mapping_name = options.saved_mapping;
  metadata.region = options.region;
  metadata.restore_archived = options.if_archived == "restore";
  metadata.keep_pre_image = options.keep_pre_image;
  metadata.canary_rows = options.canary;
  metadata.stop_after = options.stop_after;
  metadata.rate_permille = model::RatePermille(options.rate_share).value_or(model::kWholeRate);
  if (!options.format.empty()) {
    metadata.format = options.format == "json" ? model::FileFormat::json : model::FileFormat::csv;
  }
  if (!options.mapping_file.empty()) {
    ASSIGN_OR_RETURN(metadata.mapping_json, ReadText(options.mapping_file));
    RETURN_IF_ERROR(wire::ParseObject(metadata.mapping_json, options.mapping_file));
  }
  return wire::UploadMetadataJson(metadata);
}

Result<ExitCode> RunUpload(const UploadOptions& options, Surroundings& surroundings) {
  ASSIGN_OR_RETURN(const std::string metadata, MetadataOf(options));
  ASSIGN_OR_RETURN(const auto body, UploadBody::Open(options.file, metadata));
  ASSIGN_OR_RETURN(Access access, InstanceAccess(options.access, surroundings.environment));
  ASSIGN_OR_RETURN(const auto client, Client::Open(std::move(access)));
  // A refusal is heard for certain only where no long body is in its way.
  RETURN_IF_ERROR(client->Get("/ping"));
  Call call;
  call.method = "POST";
  call.target = "/bulk/" + PercentEncode(options.object);
  call.headers.Set("Idempotency-Key", Hex(RandomBytes(16)));
  if (!options.callback.empty()) call.headers.Set("Elements-Async-Callback-Url", options.callback);
  ASSIGN_OR_RETURN(const JobId job, SendForJob(*client, std::move(call), body.get()));
  return GoOnWith(*client, job, {options.no_wait, options.json}, surroundings);
}

}  // namespace

void AddUpload(CLI::App& root, Program& program) {
  auto options = std::make_shared<UploadOptions>();  // owners: the command, the run
  CLI::App* command = root.add_subcommand("upload", "Load a file and tell what became of each row");
  command->add_option("object", options->object, "What each row is")->required();
  command->add_option("file", options->file, "CSV, TSV, JSON Lines or a JSON array; - is standard input")->required();
  command->add_option("--action", options->action, "What is done with each row (default upsert)")
      ->check(CLI::IsMember({"upsert", "create", "update"}));
  command->add_option("--key", options->key, "The field by which existing records are found");
  CLI::Option* mapping =
      command->add_option("--mapping", options->mapping_file, "File with a JSON object: column to field");
  command->add_option("--saved-mapping", options->saved_mapping, "Name of a mapping that the instance keeps")
      ->excludes(mapping);
  command->add_option("--region", options->region, "Country of phone numbers without a country code: US, DE, …");
  command->add_option("--if-archived", options->if_archived, "If the record is archived: fail (default) or restore it")
      ->check(CLI::IsMember({"fail", "restore"}));
  command->add_option("--format", options->format, "csv or json (default: by the file's name)")
      ->check(CLI::IsMember({"csv", "json"}));
  command->add_option("--callback", options->callback, "Address that is told when the job ends");
  command->add_flag("--keep-pre-image", options->keep_pre_image,
                    "Read and keep what a record holds before it is written over, so that an undo can put it back");
  command->add_option("--canary", options->canary, "Load so many rows, then pause, so that you can look at them")
      ->check(CLI::PositiveNumber);
  command->add_option("--stop-after", options->stop_after, "End the job when so many rows have failed")
      ->check(CLI::PositiveNumber);
  command->add_option("--rate-share", options->rate_share, "Use at most this part of the rate limit: 0.5, 0.1, …")
      ->check([](const std::string& text) {
        return model::RatePermille(text) ? std::string() : "it must be a number above 0 and up to 1";
      });
  command->add_flag("--no-wait", options->no_wait, "Print the job's id and end");
  command->add_flag("--json", options->json, "Every change as one line of JSON");
  AddInstanceOptions(*command, options->access);
  const std::string begin = "rowcall upload " + program.words.object;
  command->footer(
      Examples({begin + " people.csv", begin + " people.csv --region US --no-wait",
                "cat people.csv | " + begin + " - --json"}) +
      "\n\nEnds with 0 if every row is in its place, 3 if some rows failed, 4 if of some nobody can tell, 7 if it is "
      "paused.");
  RunWith(*command, program, options, RunUpload);
}

}  // namespace rowcall::cli

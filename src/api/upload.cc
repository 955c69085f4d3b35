#include "api/answer.h"
#include "api/find_mapping.h"
#include "api/find_object.h"
#include "api/incoming_file.h"
#include "api/resources.h"
#include "api/upload_form.h"
#include "base/crypto.h"
#include "base/failpoint.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "mapping/mapper.h"
#include "wire/status.h"
#include "wire/upload_metadata.h"

namespace rowcall::api {

namespace {

/// The field of the object that `name` means: a key by its path, or by any header that means it.
Result<std::string> MatchField(const connector::ObjectSpec& object, const std::string& name) {
  if (name.empty()) return std::string();
  if (object.KeyOf(name) != nullptr) return name;
  const model::Mapping mapping = mapping::MatchByAlias({name}, object.schema);
  if (mapping.rules.size() == 1 && object.KeyOf(mapping.rules.front().path) != nullptr) {
    return mapping.rules.front().path;
  }
  std::string keys;
  for (const connector::KeySpec& key : object.keys) keys += (keys.empty() ? "" : ", ") + key.field;
  return Fail(ErrorKind::invalid,
              "Records of \"" + object.schema.name + "\" cannot be matched by " + Quoted(name) + ".",
              "identifierFieldName can be one of: " + keys + ".");
}

/// The mapping that the upload names or brings, as JSON; "" if it has none.
async::Task<Result<std::string>> MappingFor(const Call& call, const connector::ObjectSpec& object,
                                            const wire::UploadMetadata& metadata) {
  const std::string& name = metadata.mapping_name;
  if (name.empty()) co_return metadata.mapping_json;
  Result<model::SavedMapping> saved = co_await FindMapping(call, name);
  if (!saved && saved.error().kind == ErrorKind::not_found) saved.error().kind = ErrorKind::invalid;
  if (!saved) co_return Failed(std::move(saved));
  if (saved->object != object.schema.name) {
    co_return Fail(ErrorKind::invalid,
                   "The saved mapping " + Quoted(name) + " is for \"" + saved->object + "\", not for \"" +
                       object.schema.name + "\".",
                   "GET /mappings tells which object each is for.");
  }
  co_return std::move(saved->mapping_json);
}

std::string RegionOf(const wire::UploadMetadata& metadata, const model::Instance& instance) {
  const auto set = instance.configuration.find("region");
  return metadata.region.empty() && set != instance.configuration.end() ? set->second : metadata.region;
}

model::JobOrder OrderOf(const Call& call, const connector::ObjectSpec& object, const UploadForm& form,
                        const wire::UploadMetadata& metadata) {
  model::JobOrder order;
  order.tenant = call.caller.tenant;
  order.instance = call.caller.instance.id;
  order.object = object.schema.name;
  order.action = metadata.action;
  order.restore_archived = metadata.restore_archived;
  order.keep_pre_image = metadata.keep_pre_image;
  order.canary_rows = metadata.canary_rows;
  order.stop_after = metadata.stop_after;
  order.rate_permille = metadata.rate_permille;
  order.metadata_json = form.metadata.empty() ? "{}" : std::string(Trim(form.metadata));
  order.ignored_keys = metadata.ignored;
  order.warnings = metadata.warnings;
  for (const std::string& part : form.other_parts) {
    order.warnings.push_back("The form's part " + Quoted(part) + " was not used.");
  }
  order.region = RegionOf(metadata, call.caller.instance);
  order.connector_digest = call.connector().digest;
  return order;
}

/// What the name of a submission stands for: the order and its file.
std::string DigestOf(const model::JobOrder& order) {
  std::string all;
  JsonWriter json(all);
  json.BeginArray().String(order.object).String(order.file.sha256).String(order.file.name);
  json.String(model::Name(order.file.format)).String(order.callback_url).String(order.metadata_json).EndArray();
  return Hex(Bytes(Sha256Of(all)));
}

/// Puts the order into the ledger; warns if a file of the same bytes was sent before.
async::Task<Result<ledger::CreatedJob>> Enter(const Call& call, model::JobOrder& order, const std::string& name) {
  ledger::Ledger& ledger = call.parts.ledger;
  CO_RETURN_IF_ERROR(co_await ledger.PutConnector(order.connector_digest, call.caller.connector->packed));
  ASSIGN_OR_CO_RETURN(const std::optional<JobId> before,
                      co_await ledger.NewestJobWithFile(order.tenant, order.instance, order.object, order.file.sha256));
  if (before) {
    order.warnings.push_back("A file of the same bytes was sent for the same object before: job " +
                             std::to_string(before->value) + ".");
  }
  const ledger::Submission submission{name, DigestOf(order)};
  co_return co_await ledger.CreateJob(order, submission);
}

/// Commits the file, then the job. If no job was made of it, the file goes too; where nobody can tell, it stays.
async::Task<Result<ledger::CreatedJob>> CreateJob(const Call& call, files::FileWriter& file, model::JobOrder order,
                                                  const std::string& submission) {
  ASSIGN_OR_CO_RETURN(const files::StoredFile stored, co_await file.Commit());
  order.file.key = stored.key;
  order.file.size_bytes = stored.size_bytes;
  order.file.sha256 = stored.sha256;
  Failpoint("upload.stored");
  Result<ledger::CreatedJob> job = co_await Enter(call, order, submission);
  Failpoint("upload.entered");
  const bool is_in_use = job ? job->is_new : job.error().kind == ErrorKind::unavailable;
  if (!is_in_use) CO_RETURN_IF_ERROR(co_await call.parts.files.Remove(stored.key));
  if (job && job->is_new) call.parts.metrics.FileStored(order.file.size_bytes);
  co_return job;
}

net::ServerAnswer UnderWayAnswer(const Call& call) {
  net::ServerAnswer answer =
      RefusalAnswer(call, 409, "submission_under_way", "An upload with this Idempotency-Key is being received now.",
                    "Wait for its answer, or send it again later with the same key.");
  answer.headers.Add("Retry-After", "5");
  return answer;
}

net::ServerAnswer OtherSubmissionAnswer(const Call& call) {
  return RefusalAnswer(call, 422, "idempotency_key_reused",
                       "This Idempotency-Key was used for an upload of another file or with other settings.",
                       "Use a new key for each upload; the same key only to send an upload again.");
}

/// The last parts of Open Connectors' paths for downloads, which stand where an upload names its object.
bool IsDownload(std::string_view name) { return name == "query" || name == "download" || name == "workflows"; }

}  // namespace

Handled UploadFile(Call& call) {
  if (const std::string& name = call.path.at("object"); IsDownload(name) && call.connector().Find(name) == nullptr) {
    co_return NotYetAnswer(call, "POST /bulk/" + name + " starts a download, and downloads are not here yet.",
                           "docs/compatibility.md lists what is. Uploads are POST /bulk/{object}.");
  }
  ASSIGN_OR_CO_RETURN(const connector::ObjectSpec* object, FindObjectToLoad(call.connector(), call.path.at("object")));
  ASSIGN_OR_CO_RETURN(const std::string callback_url, CallbackUrl(call));
  ASSIGN_OR_CO_RETURN(const std::string name, SubmissionKey(call.request.headers.Find("Idempotency-Key")));
  const SubmissionsUnderWay::Hold hold(call.submissions, call.caller.instance.id, name);
  if (!hold.is_ours()) co_return UnderWayAnswer(call);
  if (auto refusal = RefuseIfEncoded(call)) co_return *std::move(refusal);
  std::string type(call.request.headers.Find("Content-Type").value_or(""));
  if (!AsciiLower(type).starts_with("multipart/form-data")) {
    co_return UnsupportedAnswer(call, "An upload is a form (multipart/form-data) with a part \"file\".",
                                "With curl: -F file=@contacts.csv, and no Content-Type of your own.");
  }
  ASSIGN_OR_CO_RETURN(const UploadForm form,
                      co_await ReadUploadForm(*call.request.body, std::move(type), call.parts.files, NewFileKey()));
  if (!form.file) {
    co_return Fail(ErrorKind::invalid, "The form has no part \"file\": a missing request parameter.",
                   "With curl: -F file=@contacts.csv");
  }
  auto metadata = wire::ParseUploadMetadata(form.metadata.empty() ? "{}" : form.metadata);
  if (!metadata) co_return FaultsAnswer(call, "metaData", std::move(metadata.error()));

  model::JobOrder order = OrderOf(call, *object, form, *metadata);
  ASSIGN_OR_CO_RETURN(order.match_field, MatchField(*object, metadata->match_field));
  ASSIGN_OR_CO_RETURN(order.mapping_json, co_await MappingFor(call, *object, *metadata));
  order.callback_url = callback_url;
  order.file.name = ShownName(call.request.QueryValue("path"), form.file_name);
  order.file.format = metadata->format.value_or(FormatByName(form));
  order.file.encoding = metadata->encoding;
  const Result<ledger::CreatedJob> job = co_await CreateJob(call, *form.file, std::move(order), name);
  if (!job && job.error().kind == ErrorKind::conflict) co_return OtherSubmissionAnswer(call);
  if (!job) co_return std::unexpected(job.error());
  net::ServerAnswer answer = JsonAnswer(wire::ReceiptJson(job->id, call.caller.instance.id));
  if (job->is_new) {
    call.parts.job_was_created(call.caller.tenant, job->id);
  } else {
    answer.headers.Add("Idempotent-Replayed", "true");
  }
  co_return answer;
}

}  // namespace rowcall::api

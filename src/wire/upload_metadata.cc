#include "wire/upload_metadata.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

#include "base/json_writer.h"
#include "base/text.h"
#include "wire/json_object.h"
#include "wire/request_object.h"

namespace rowcall::wire {

namespace {

/// Batch sizes and vendor lists of Open Connectors: what they stand for is decided by the connector here.
constexpr std::array<std::string_view, 8> kIgnored = {
    "bulkUploadRecordSize", "useBatchUpload", "path",          "concurrency", "listId",
    "campaignId",           "programName",    "programStatus",
};

void ReadFormat(RequestObject& keys, UploadMetadata& metadata) {
  const auto text = keys.Text("format");
  if (!text) return;
  const std::string format = AsciiLower(*text);
  if (format == "csv")
    metadata.format = model::FileFormat::csv;
  else if (format == "json" || format == "jsonl")
    metadata.format = model::FileFormat::json;
  else
    keys.AddFault("format", "\"format\" must be \"csv\" or \"json\", not \"" + *text + "\".");
}

void ReadEncoding(RequestObject& keys, UploadMetadata& metadata) {
  const auto text = keys.Text("encoding");
  if (!text) return;
  metadata.encoding = model::EncodingNamed(*text);
  if (metadata.encoding) return;
  keys.AddFault(
      "encoding",
      "\"encoding\" must be \"utf-8\", \"utf-16le\", \"utf-16be\", \"windows-1252\" or \"iso-8859-1\", not \"" + *text +
          "\".");
}

void ReadAction(RequestObject& keys, UploadMetadata& metadata) {
  const auto text = keys.Text("action");
  if (!text) return;
  const auto action = model::ActionNamed(AsciiLower(*text));
  if (action)
    metadata.action = *action;
  else
    keys.AddFault("action", "\"action\" must be \"upsert\", \"create\" or \"update\", not \"" + *text + "\".");
}

void ReadMatchField(RequestObject& keys, UploadMetadata& metadata) {
  const std::string identifier = keys.Text("identifierFieldName").value_or("");
  const std::string primary = keys.Text("primaryKeyName").value_or("");
  metadata.match_field = identifier.empty() ? primary : identifier;
  if (!identifier.empty() && !primary.empty() && identifier != primary) {
    keys.AddFault("primaryKeyName", "\"primaryKeyName\" and \"identifierFieldName\" name different fields; send one.");
  }
}

void ReadRegion(RequestObject& keys, UploadMetadata& metadata) {
  const auto text = keys.Text("region");
  if (!text || text->empty()) return;
  std::string region = *text;
  for (char& c : region) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  const bool letters = std::all_of(region.begin(), region.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (region.size() == 2 && letters)
    metadata.region = std::move(region);
  else
    keys.AddFault("region", "\"region\" must be two letters of ISO 3166, such as \"US\".");
}

void ReadIfArchived(RequestObject& keys, UploadMetadata& metadata) {
  const auto text = keys.Text("ifArchived");
  if (!text) return;
  metadata.restore_archived = *text == "restore";
  if (*text != "restore" && *text != "fail") {
    keys.AddFault("ifArchived", "\"ifArchived\" must be \"restore\" or \"fail\", not \"" + *text + "\".");
  }
}

void ReadRateShare(RequestObject& keys, UploadMetadata& metadata) {
  const boost::json::value* share = keys.Find("rateShare");
  if (share == nullptr) return;
  const auto permille = share->is_number() ? model::RatePermille(boost::json::serialize(*share)) : std::nullopt;
  if (permille)
    metadata.rate_permille = *permille;
  else
    keys.AddFault("rateShare", "\"rateShare\" must be a number above 0 and up to 1, such as 0.5.");
}

void ReadMapping(RequestObject& keys, UploadMetadata& metadata) {
  const boost::json::value* mapping = keys.Find("mapping");
  if (mapping == nullptr) return;
  if (mapping->is_object()) metadata.mapping_json = boost::json::serialize(*mapping);
  if (mapping->is_string()) metadata.mapping_name = mapping->get_string();
  if (metadata.mapping_json.empty() && metadata.mapping_name.empty()) {
    keys.AddFault("mapping", "\"mapping\" must be an object, or the name of a saved mapping.");
  }
}

void ReadOtherKeys(RequestObject& keys, UploadMetadata& metadata) {
  keys.Find("callback-payload");
  const bool strict = keys.Truth("strict").value_or(false);
  std::vector<std::string> known = keys.Known();
  for (const std::string_view name : kIgnored) {
    known.emplace_back(name);
    if (keys.Find(name) != nullptr) metadata.ignored.emplace_back(name);
  }
  for (const std::string& name : keys.Unasked()) {
    const std::string sentence = UnknownName("metaData key", name, known);
    if (strict)
      keys.AddFault(name, sentence);
    else
      metadata.warnings.push_back(sentence + " It was not used.");
  }
}

}  // namespace

Checked<UploadMetadata> ParseUploadMetadata(std::string_view json) {
  const auto object = ParseObject(json, "metaData");
  if (!object) return std::unexpected(Faults{{"", object.error().message}});
  Faults faults;
  RequestObject keys(*object, "", faults);
  UploadMetadata metadata;
  ReadFormat(keys, metadata);
  ReadEncoding(keys, metadata);
  ReadAction(keys, metadata);
  ReadMatchField(keys, metadata);
  ReadRegion(keys, metadata);
  ReadIfArchived(keys, metadata);
  metadata.keep_pre_image = keys.Truth("keepPreImage").value_or(false);
  metadata.canary_rows = keys.Count("canary").value_or(0);
  metadata.stop_after = keys.Count("stopAfter").value_or(0);
  ReadRateShare(keys, metadata);
  ReadMapping(keys, metadata);
  ReadOtherKeys(keys, metadata);
  if (!faults.empty()) return std::unexpected(std::move(faults));
  return metadata;
}

std::string UploadMetadataJson(const UploadMetadata& metadata) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  if (metadata.format) json.Key("format").String(model::Name(*metadata.format));
  if (metadata.encoding) json.Key("encoding").String(model::Name(*metadata.encoding));
  if (metadata.action != model::Action::upsert) json.Key("action").String(model::Name(metadata.action));
  if (!metadata.match_field.empty()) json.Key("identifierFieldName").String(metadata.match_field);
  if (!metadata.mapping_json.empty()) json.Key("mapping").Raw(metadata.mapping_json);
  if (!metadata.mapping_name.empty()) json.Key("mapping").String(metadata.mapping_name);
  if (!metadata.region.empty()) json.Key("region").String(metadata.region);
  if (metadata.restore_archived) json.Key("ifArchived").String("restore");
  if (metadata.keep_pre_image) json.Key("keepPreImage").Bool(true);
  if (metadata.canary_rows > 0) json.Key("canary").Int(metadata.canary_rows);
  if (metadata.stop_after > 0) json.Key("stopAfter").Int(metadata.stop_after);
  if (metadata.rate_permille < model::kWholeRate) {
    json.Key("rateShare").Raw(fmt::format("{}", metadata.rate_permille / 1000.0));
  }
  json.EndObject();
  return out;
}

}  // namespace rowcall::wire

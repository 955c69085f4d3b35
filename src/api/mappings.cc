#include <algorithm>

#include "api/answer.h"
#include "api/ask_catalogue.h"
#include "api/find_mapping.h"
#include "api/find_object.h"
#include "api/resources.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "dispatch/probe.h"
#include "mapping/mapper.h"
#include "wire/saved_mapping.h"

namespace rowcall::api {

namespace {

constexpr std::size_t kMaxMappingName = 64;
constexpr std::size_t kMappingsToName = 10;

bool IsAsciiAlnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// Nothing that a path would have to escape, and neither "." nor "..".
Result<void> CheckMappingName(std::string_view name) {
  const auto fits = [](char c) { return IsAsciiAlnum(c) || c == '.' || c == '-' || c == '_'; };
  if (name.size() <= kMaxMappingName && IsAsciiAlnum(name.front()) && std::ranges::all_of(name, fits)) return {};
  return Fail(ErrorKind::invalid, "A mapping cannot be called " + Quoted(name) + ".",
              "A name has 1 to 64 characters: a-z, A-Z, 0-9, \".\", \"-\" and \"_\", the first a letter or a digit.");
}

std::string MappingBody(const model::SavedMapping& mapping) {
  std::string body;
  JsonWriter json(body);
  wire::WriteSavedMapping(json, mapping);
  return body;
}

async::Task<Result<std::vector<model::SavedMapping>>> MappingsOf(const Call& call) {
  std::move_only_function<Result<std::vector<model::SavedMapping>>(ledger::Catalogue&)> list =
      [&](ledger::Catalogue& catalogue) { return catalogue.ListMappings(call.caller.tenant, call.caller.instance.id); };
  co_return co_await AskCatalogue(call, std::move(list));
}

}  // namespace

async::Task<Result<model::SavedMapping>> FindMapping(const Call& call, std::string_view name) {
  std::move_only_function<Result<model::SavedMapping>(ledger::Catalogue&)> get = [&](ledger::Catalogue& catalogue) {
    return catalogue.GetMapping(call.caller.tenant, call.caller.instance.id, name);
  };
  Result<model::SavedMapping> mapping = co_await AskCatalogue(call, std::move(get));
  if (mapping || mapping.error().kind != ErrorKind::not_found) co_return mapping;
  ASSIGN_OR_CO_RETURN(const std::vector<model::SavedMapping> saved, co_await MappingsOf(call));
  std::vector<std::string> names;
  names.reserve(saved.size());
  for (const model::SavedMapping& one : saved) names.push_back(one.name);
  const std::string closest = Closest(name.substr(0, kMaxMappingName), names);
  co_return Fail(ErrorKind::not_found, "There is no saved mapping " + Quoted(name) + ".",
                 names.empty() ? "This instance has none. PUT /mappings/{name} saves one."
                               : (closest.empty() ? "" : "Did you mean \"" + closest + "\"? ") +
                                     "There are: " + Listed(names, kMappingsToName) + ".");
}

Handled ListMappings(Call& call) {
  ASSIGN_OR_CO_RETURN(const std::vector<model::SavedMapping> mappings, co_await MappingsOf(call));
  results::Page page;
  page.count = mappings.size();
  JsonWriter json(page.json);
  json.BeginArray();
  for (const model::SavedMapping& mapping : mappings) wire::WriteSavedMapping(json, mapping);
  json.EndArray();
  co_return PageAnswer(std::move(page));
}

Handled GetMapping(Call& call) {
  ASSIGN_OR_CO_RETURN(const model::SavedMapping mapping, co_await FindMapping(call, call.path.at("name")));
  co_return JsonAnswer(MappingBody(mapping));
}

Handled PutMapping(Call& call) {
  const std::string& name = call.path.at("name");
  CO_RETURN_IF_ERROR(CheckMappingName(name));
  if (auto refusal = RefuseUnlessJson(call)) co_return *std::move(refusal);
  ASSIGN_OR_CO_RETURN(const std::string body, co_await net::ReadWhole(*call.request.body, kMaxJsonBytes));
  auto order = wire::ParseMappingOrder(body);
  if (!order) co_return FaultsAnswer(call, "The body", std::move(order.error()));
  const Result<const connector::ObjectSpec*> object = FindObjectToLoad(call.connector(), order->object);
  if (!object) co_return Fail(ErrorKind::invalid, object.error().message, object.error().hint);
  const Result<model::ObjectSchema> schema =
      co_await dispatch::DiscoverSchema(call.parts.http, call.connector(), **object, call.caller.instance);
  if (!schema) co_return ServiceAnswer(call, 502, schema.error());
  CO_RETURN_IF_ERROR(mapping::CheckAsked(order->mapping_json, *schema));

  std::move_only_function<Result<model::SavedMapping>(ledger::Catalogue&)> put = [&](ledger::Catalogue& catalogue) {
    return catalogue.PutMapping(call.caller.tenant, call.caller.instance.id,
                                {name, (*object)->schema.name, order->mapping_json, {}, {}});
  };
  ASSIGN_OR_CO_RETURN(const model::SavedMapping saved, co_await AskCatalogue(call, std::move(put)));
  co_return JsonAnswer(MappingBody(saved));
}

Handled DeleteMapping(Call& call) {
  const std::string& name = call.path.at("name");
  CO_RETURN_IF_ERROR(co_await FindMapping(call, name));
  std::move_only_function<Result<model::SavedMapping>(ledger::Catalogue&)> remove = [&](ledger::Catalogue& catalogue) {
    return catalogue.DeleteMapping(call.caller.tenant, call.caller.instance.id, name);
  };
  ASSIGN_OR_CO_RETURN(const model::SavedMapping removed, co_await AskCatalogue(call, std::move(remove)));
  co_return JsonAnswer(MappingBody(removed));
}

}  // namespace rowcall::api

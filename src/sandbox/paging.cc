#include "sandbox/paging.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "sandbox/company_json.h"
#include "sandbox/contact_json.h"
#include "sandbox/fields.h"

namespace rowcall::sandbox {

namespace {

constexpr std::int64_t kMostPerPage = 150;

OrRefusal<std::int64_t> ReadPositive(std::optional<std::string_view> text, std::string_view name,
                                     std::int64_t otherwise, std::int64_t most) {
  if (!text.has_value()) return otherwise;
  const auto number = ParseInteger(*text);
  if (number.has_value() && *number >= 1 && *number <= most) return *number;
  return RefuseParameter(std::string(name) + " must be between 1 and " + std::to_string(most));
}

std::string MakeCursor(std::int64_t page, std::string_view id) {
  return Base64(std::to_string(page) + "," + std::string(id));
}

std::int64_t PageCount(std::int64_t total, std::int64_t per_page) { return (total + per_page - 1) / per_page; }

}  // namespace

OrRefusal<CursorPage> ReadCursorPage(std::optional<std::string_view> per_page,
                                     std::optional<std::string_view> starting_after) {
  CursorPage read;
  ASSIGN_OR_REFUSE(const std::int64_t size, ReadPositive(per_page, "per_page", 50, kMostPerPage));
  read.per_page = static_cast<std::size_t>(size);
  if (!starting_after.has_value()) return read;
  const Result<std::string> cursor = DecodeBase64(*starting_after);
  const std::size_t comma = cursor.has_value() ? cursor->find(',') : std::string::npos;
  const auto page = comma == std::string::npos ? std::nullopt : ParseInteger(cursor->substr(0, comma));
  if (!page.has_value() || !NumberIn(cursor->substr(comma + 1)).has_value()) {
    return Refuse(
        400, "client_error",
        "Invalid starting_after param. Please try again using a starting_after value from a paginated response");
  }
  read.page = *page;
  read.after = cursor->substr(comma + 1);
  return read;
}

std::string ShowContactPage(const Call& call, const std::vector<const Contact*>& shown, const CursorPage& page,
                            std::int64_t total, bool more) {
  std::string body;
  JsonWriter json(body);
  const auto per_page = static_cast<std::int64_t>(page.per_page);
  json.BeginObject().Key("type").String("list").Key("data").BeginArray();
  for (const Contact* contact : shown) AppendContact(json, *contact, {.numeric_owner = call.numeric_owner});
  json.EndArray().Key("total_count").Int(total).Key("pages").BeginObject().Key("type").String("pages");
  if (more) {
    json.Key("next").BeginObject().Key("per_page").Int(per_page);
    json.Key("starting_after").String(MakeCursor(page.page + 1, shown.back()->id.text())).EndObject();
  }
  json.Key("page").Int(page.page).Key("per_page").Int(per_page).Key("total_pages").Int(PageCount(total, per_page));
  json.EndObject().EndObject();
  return body;
}

OrRefusal<NumberedPage> ReadNumberedPage(const Query& query, std::int64_t per_page) {
  NumberedPage read;
  ASSIGN_OR_REFUSE(read.per_page, ReadPositive(query.Find("per_page"), "per_page", per_page, kMostPerPage));
  ASSIGN_OR_REFUSE(read.page, ReadPositive(query.Find("page"), "page", 1, 10'000));
  return read;
}

std::string ShowCompanyPage(const std::vector<const Company*>& companies, const NumberedPage& page) {
  std::string body;
  JsonWriter json(body);
  const auto total = static_cast<std::int64_t>(companies.size());
  const std::int64_t first = std::min(total, (page.page - 1) * page.per_page);
  const std::int64_t last = std::min(total, first + page.per_page);
  json.BeginObject().Key("type").String("list").Key("data").BeginArray();
  for (std::int64_t at = first; at < last; ++at) AppendCompany(json, *companies[static_cast<std::size_t>(at)]);
  json.EndArray().Key("pages").BeginObject().Key("type").String("pages").Key("next");
  if (last < total) {
    json.BeginObject().Key("page").Int(page.page + 1).Key("per_page").Int(page.per_page).EndObject();
  } else {
    json.Null();
  }
  json.Key("page").Int(page.page).Key("per_page").Int(page.per_page);
  json.Key("total_pages").Int(PageCount(total, page.per_page)).EndObject().Key("total_count").Int(total).EndObject();
  return body;
}

}  // namespace rowcall::sandbox

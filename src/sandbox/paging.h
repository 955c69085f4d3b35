#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/call.h"

namespace rowcall::sandbox {

/// A page that is asked for by cursor. `after` is the id of the last record of the page before; "" on the first one.
struct CursorPage {
  std::size_t per_page = 50;
  std::int64_t page = 1;
  std::string after;
};

/// 400 `client_error` for a cursor that no answer of ours held; 400 for a `per_page` outside 1..150.
OrRefusal<CursorPage> ReadCursorPage(std::optional<std::string_view> per_page,
                                     std::optional<std::string_view> starting_after);

/// {"type":"list","data":[…],"total_count":…,"pages":{…}}; `more`: a next page exists.
std::string ShowContactPage(const Call& call, const std::vector<const Contact*>& shown, const CursorPage& page,
                            std::int64_t total, bool more);

/// A page that is asked for by its number, as companies are.
struct NumberedPage {
  std::int64_t per_page = 15;
  std::int64_t page = 1;
};

OrRefusal<NumberedPage> ReadNumberedPage(const Query& query, std::int64_t per_page);
std::string ShowCompanyPage(const std::vector<const Company*>& companies, const NumberedPage& page);

}  // namespace rowcall::sandbox

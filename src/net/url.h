#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rowcall::net {

/// An absolute http or https address, taken apart and checked.
struct Url {
  std::string scheme;  ///< "http" or "https", lower case.
  std::string host;    ///< Lower case; an IPv6 address without its brackets.
  std::uint16_t port = 0;
  std::string target;  ///< Path and query, at least "/". As written: not decoded, not normalised.

  std::string Origin() const;      ///< "https://host:port", the key of a connection pool.
  std::string HostHeader() const;  ///< Host, with the port only if it is not the scheme's own.
};

/// Fails with `invalid` on anything else, above all on what two readers could take for different hosts: other schemes,
/// user info, control characters, spaces, backslashes, letters outside ASCII, a fragment, an empty host, one with a dot at
/// either end or of more than 253 characters, a port outside 1..65535.
Result<Url> ParseUrl(std::string_view text);

/// "%41" → "A", '+' → ' ' if `plus_is_space`. Fails with `invalid` on a broken escape.
Result<std::string> PercentDecode(std::string_view text, bool plus_is_space);

}  // namespace rowcall::net

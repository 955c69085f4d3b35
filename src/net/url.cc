#include "net/url.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "net/endpoint.h"

namespace rowcall::net {

// No message repeats the address: its query may hold a secret.

namespace {

constexpr std::size_t kLongestHost = 253;  // RFC 1035: 255 bytes on the wire

std::uint16_t SchemePort(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

bool IsHostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

Result<void> CheckCharacters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c > 0x20 && c < 0x7f && c != '\\') continue;
    return Fail(ErrorKind::invalid,
                "the address has a character that does not belong there, at byte " + std::to_string(i),
                "Percent-encode spaces and letters outside ASCII in the path; write a host name in its xn-- form.");
  }
  if (text.contains('#')) {
    return Fail(ErrorKind::invalid, "the address has a '#'",
                "Leave it and what follows out: that is never sent. Where the character itself is meant, write %23.");
  }
  return {};
}

Result<std::uint16_t> ReadPort(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535) {
    return Fail(ErrorKind::invalid, "the port of the address is not a number from 1 to 65535");
  }
  return static_cast<std::uint16_t>(port);
}

Result<std::string> ReadHost(std::string_view text) {
  if (text.starts_with('[')) {
    const std::string_view inner = text.substr(1, text.size() - 2);
    if (!text.ends_with(']') || !inner.contains(':') || !ParseIp(inner)) {
      return Fail(ErrorKind::invalid, "the address has brackets that do not hold an IPv6 address");
    }
    return AsciiLower(inner);
  }
  std::string host = AsciiLower(text);
  if (host.empty()) return Fail(ErrorKind::invalid, "the address has no host");
  if (host.size() > kLongestHost)
    return Fail(ErrorKind::invalid, "the host of the address is longer than 253 characters");
  if (!std::ranges::all_of(host, IsHostCharacter) || host.starts_with('.') || host.ends_with('.')) {
    return Fail(ErrorKind::invalid, "the host of the address is not a name",
                "Use letters, digits, '-' and '.', with no dot at either end.");
  }
  return host;
}

Result<void> ReadAuthority(std::string_view authority, Url& url) {
  if (authority.contains('@')) {
    return Fail(ErrorKind::invalid, "the address has a user or a password in front of the host",
                "Give credentials in the configuration, not in the address.");
  }
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  ASSIGN_OR_RETURN(url.host, ReadHost(authority.substr(0, colon)));
  url.port = SchemePort(url.scheme);
  if (colon != std::string_view::npos) {
    ASSIGN_OR_RETURN(url.port, ReadPort(authority.substr(colon + 1)));
  }
  return {};
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string BracketedHost(const Url& url) { return url.host.contains(':') ? "[" + url.host + "]" : url.host; }

}  // namespace

std::string Url::Origin() const {
  constexpr std::size_t kRest = 40;  // colons, slashes, brackets, port, and what a pool may add
  std::string origin;
  origin.reserve(scheme.size() + host.size() + kRest);
  origin.append(scheme).append("://").append(BracketedHost(*this)).append(":").append(std::to_string(port));
  return origin;
}

std::string Url::HostHeader() const {
  std::string text = BracketedHost(*this);
  if (port != SchemePort(scheme)) text += ":" + std::to_string(port);
  return text;
}

Result<Url> ParseUrl(std::string_view text) {
  RETURN_IF_ERROR(CheckCharacters(text));
  const std::size_t separator = text.find("://");
  Url url;
  url.scheme = AsciiLower(text.substr(0, separator));
  if (separator == std::string_view::npos || (url.scheme != "http" && url.scheme != "https")) {
    return Fail(ErrorKind::invalid, "the address does not begin with http:// or https://");
  }
  const std::string_view rest = text.substr(separator + 3);
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  RETURN_IF_ERROR(ReadAuthority(rest.substr(0, end), url));
  const std::string_view target = rest.substr(end);
  url.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
  return url;
}

Result<std::string> PercentDecode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return Fail(ErrorKind::invalid,
                  "a '%' at byte " + std::to_string(i) + " is not followed by two hexadecimal digits",
                  "Write a percent sign as %25.");
    }
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

}  // namespace rowcall::net

#include "net/multipart_fields.h"

#include <algorithm>

#include "base/text.h"

namespace rowcall::net {

namespace {

bool IsBoundaryCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("'()+_,-./:=? ").contains(c);
}

/// Takes a quoted string, whose first quote is gone already, off the front of `rest`.
std::string TakeQuoted(std::string_view& rest) {
  std::string value;
  std::size_t i = 0;
  for (; i < rest.size() && rest[i] != '"'; ++i) {
    // Only these two escapes: some browsers send a whole Windows path, backslashes and all.
    if (rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\')) ++i;
    value += rest[i];
  }
  rest.remove_prefix(std::min(i + 1, rest.size()));
  return value;
}

std::string TakeValue(std::string_view& rest) {
  if (rest.starts_with('"')) {
    rest.remove_prefix(1);
    return TakeQuoted(rest);
  }
  const std::size_t end = std::min(rest.find(';'), rest.size());
  const std::string value(Trim(rest.substr(0, end)));
  rest.remove_prefix(end);
  return value;
}

}  // namespace

std::string FieldParameter(std::string_view field, std::string_view name) {
  std::string_view rest = field;
  for (;;) {
    const std::size_t semicolon = rest.find(';');
    if (semicolon == std::string_view::npos) return "";
    rest.remove_prefix(semicolon + 1);
    const std::size_t end = rest.find_first_of("=;");
    if (end == std::string_view::npos) return "";
    const std::string found = AsciiLower(Trim(rest.substr(0, end)));
    if (rest[end] == ';') {
      rest.remove_prefix(end);
      continue;
    }
    rest.remove_prefix(end + 1);
    while (rest.starts_with(' ') || rest.starts_with('\t')) rest.remove_prefix(1);
    std::string value = TakeValue(rest);
    if (found == name) return value;
  }
}

Result<std::string> BoundaryOf(std::string_view content_type) {
  const std::string_view type = Trim(content_type.substr(0, std::min(content_type.find(';'), content_type.size())));
  if (!EqualsIgnoringAsciiCase(type, "multipart/form-data")) {
    return Fail(ErrorKind::invalid, "the body is not multipart/form-data", "Send the file with curl -F file=@NAME.");
  }
  std::string boundary = FieldParameter(content_type, "boundary");
  if (boundary.empty() || boundary.size() > 70 || boundary.ends_with(' ') ||
      !std::ranges::all_of(boundary, IsBoundaryCharacter)) {
    return Fail(ErrorKind::invalid, "Content-Type has no usable boundary",
                "It needs 1 to 70 of the characters that RFC 2046 allows; let the HTTP library make it.");
  }
  return boundary;
}

Result<MultipartPart> ReadPart(std::string_view header) {
  MultipartPart part;
  while (!header.empty()) {
    const std::size_t end = std::min(header.find("\r\n"), header.size());
    const std::string_view line = header.substr(0, end);
    header.remove_prefix(std::min(end + 2, header.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) {
      return Fail(ErrorKind::invalid, "a part of the multipart body has a header line without a name");
    }
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = Trim(line.substr(colon + 1));
    if (EqualsIgnoringAsciiCase(name, "Content-Disposition")) {
      part.name = FieldParameter(value, "name");
      part.filename = FieldParameter(value, "filename");
    } else if (EqualsIgnoringAsciiCase(name, "Content-Type")) {
      part.content_type = value;
    }
  }
  return part;
}

}  // namespace rowcall::net

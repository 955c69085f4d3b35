// Any bytes as a multipart body: its parts do not depend on how the bytes are cut, nor on whether they are read or
// skipped; the limits hold; and parts written out anew read as the same parts.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "async/loop.h"
#include "base/assert.h"
#include "net/multipart.h"
#include "net/multipart_fields.h"
#include "pieces.h"

namespace {

using rowcall::Result;
using rowcall::async::Task;
using rowcall::net::BodyReader;
using rowcall::net::MultipartLimits;
using rowcall::net::MultipartPart;
using rowcall::net::MultipartReader;

class Body final : public BodyReader {
 public:
  Body(std::string_view bytes, std::uint8_t cuts) {
    rowcall::fuzz::InPieces(bytes, cuts, [&](std::string_view piece) {
      pieces_.push_back(piece);
      return true;
    });
  }
  Task<Result<std::string_view>> Next() override {
    if (next_ == pieces_.size()) co_return std::string_view();
    co_return pieces_[next_++];
  }

 private:
  std::vector<std::string_view> pieces_;
  std::size_t next_ = 0;
};

struct Part {
  std::string name, filename, content_type, content;
  bool operator==(const Part&) const = default;
};

Task<Result<std::vector<Part>>> ReadParts(BodyReader& body, std::string_view type, MultipartLimits limits, bool skip) {
  ASSIGN_OR_CO_RETURN(MultipartReader reader, MultipartReader::Create(body, type, limits));
  std::vector<Part> parts;
  MultipartPart part;
  for (;;) {
    ASSIGN_OR_CO_RETURN(const bool more, co_await reader.NextPart(part));
    if (!more) co_return parts;
    parts.push_back({part.name, part.filename, part.content_type, ""});
    ROWCALL_ASSERT(parts.size() <= limits.max_parts);
    while (!skip) {
      ASSIGN_OR_CO_RETURN(const std::string_view piece, co_await reader.NextPiece());
      if (piece.empty()) break;
      parts.back().content += piece;
    }
  }
}

Result<std::vector<Part>> Read(std::string_view bytes, std::string_view type, MultipartLimits limits, std::uint8_t cuts,
                               bool skip = false) {
  rowcall::async::Loop loop;
  Body body(bytes, cuts);
  return rowcall::async::RunToEnd(loop, ReadParts(body, type, limits, skip));
}

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string Write(const std::vector<Part>& parts, const std::string& boundary) {
  std::string body;
  for (const Part& part : parts) {
    body += "--" + boundary + "\r\nContent-Disposition: form-data; name=" + Quoted(part.name) +
            "; filename=" + Quoted(part.filename) + "\r\nContent-Type: " + part.content_type + "\r\n\r\n" +
            part.content + "\r\n";
  }
  return body + "--" + boundary + "--";
}

void ExpectSame(const Result<std::vector<Part>>& whole, const Result<std::vector<Part>>& other) {
  ROWCALL_ASSERT(whole.has_value() == other.has_value());
  if (whole) {
    ROWCALL_ASSERT(*whole == *other);
  } else {
    ROWCALL_ASSERT(whole.error().kind == other.error().kind && whole.error().message == other.error().message);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::uint8_t cuts = data[0];
  const MultipartLimits limits{.max_parts = 1 + data[1] % std::size_t{16}, .max_part_header_bytes = data[1]};
  const std::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::string_view type = rest.substr(0, rest.find('\n'));
  const std::string_view bytes = rest.substr(std::min(type.size() + 1, rest.size()));

  const Result<std::vector<Part>> whole = Read(bytes, type, limits, 0);
  ExpectSame(whole, Read(bytes, type, limits, cuts));
  if (!whole) return 0;

  std::vector<Part> heads = *whole;
  for (Part& part : heads) part.content.clear();
  ExpectSame(heads, Read(bytes, type, limits, cuts, /*skip=*/true));
  const std::string again = Write(*whole, *rowcall::net::BoundaryOf(type));
  ExpectSame(whole, Read(again, type, {}, cuts));
  return 0;
}

// Any bytes as HTTP requests: where a header ends does not depend on how the bytes are cut, and neither does a body.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "net/head_scanner.h"
#include "net/request_parser.h"

namespace {

using rowcall::net::HeadLimits;
using rowcall::net::HeadScanner;
using rowcall::net::RequestParser;

constexpr HeadLimits kLimits = {.total = 4096, .target = 512, .line = 1024, .fields = 20};

struct Scan {
  HeadScanner::State state = HeadScanner::State::need_more;
  std::size_t size = 0;
};

/// Scans with `step` more bytes at a time.
Scan ScanBy(std::string_view bytes, std::size_t step) {
  HeadScanner scanner(kLimits);
  Scan scan;
  for (std::size_t seen = 0; scan.state == HeadScanner::State::need_more && seen < bytes.size();) {
    seen = std::min(seen + step, bytes.size());
    scan.state = scanner.Scan(bytes.substr(0, seen));
  }
  if (scan.state == HeadScanner::State::complete) scan.size = scanner.size();
  return scan;
}

/// The body behind the header, fed with `step` more bytes at a time; nullopt if it is broken or not whole.
std::optional<std::string> BodyBy(std::string_view head, std::string_view bytes, std::size_t step) {
  RequestParser parser;
  if (!parser.Head(head)) return std::nullopt;
  std::string body;
  std::size_t offered = 0;
  while (!parser.done()) {
    if (offered == bytes.size()) return std::nullopt;
    offered = std::min(offered + step, bytes.size());
    for (;;) {
      const auto piece = parser.Body(bytes.substr(0, offered));
      if (!piece) return std::nullopt;
      ROWCALL_ASSERT(piece->used <= offered && piece->body.size() <= piece->used);
      body.append(piece->body);
      bytes.remove_prefix(piece->used);
      offered -= piece->used;
      if (piece->used == 0 || parser.done() || offered == 0) break;
    }
  }
  return body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t step = 1 + data[0] % 16;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);

  const Scan whole = ScanBy(bytes, bytes.size() + 1);
  const Scan cut = ScanBy(bytes, step);
  ROWCALL_ASSERT((whole.state == HeadScanner::State::complete) == (cut.state == HeadScanner::State::complete));
  ROWCALL_ASSERT(whole.size == cut.size);
  if (whole.state != HeadScanner::State::complete) return 0;

  ROWCALL_ASSERT(whole.size <= bytes.size());
  const std::string_view head = bytes.substr(0, whole.size);
  const std::string_view rest = bytes.substr(whole.size);
  ROWCALL_ASSERT(BodyBy(head, rest, rest.size() + 1) == BodyBy(head, rest, step));
  return 0;
}

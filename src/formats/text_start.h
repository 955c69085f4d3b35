#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/encoding.h"

namespace rowcall::formats {

/// How much of a file is looked at to find out what it is; nothing is given out before as much has come, or the file has
/// ended.
inline constexpr std::size_t kFirstBlockBytes = std::size_t{64} << 10;

/// What the first bytes of a file say about its text.
struct TextStart {
  model::Encoding encoding = model::Encoding::utf8;
  std::size_t mark_bytes = 0;  ///< The length of the byte order mark.
  std::string evidence;  ///< For a person; see Dialect.
};

/// Looks at the first block of a file (all of it, if `is_whole`). The first rule that applies decides:
///
///   a workbook, PDF or archive      fails, by its first bytes
///   a byte order mark               UTF-8, UTF-16LE or UTF-16BE; fails if another encoding was asked for
///   an encoding was asked for       that one
///   zero bytes, as UTF-16 has them  UTF-16: one byte of every tenth pair is zero, always the first or always the
///                                   second (but for a fourth as many), never both; and most line ends are such pairs
///                                   (without line ends: every second pair)
///   any other zero byte             fails: the file is not text
///   valid UTF-8                     UTF-8
///   else                            Windows-1252, unless the block has at least as many characters of several bytes as
///                                   bytes that are not UTF-8: then UTF-8, and each such byte is a fault of its row
///
/// All failures are `invalid`.
Result<TextStart> DetectText(std::string_view block, bool is_whole, std::optional<model::Encoding> asked);

}  // namespace rowcall::formats

#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/row_parser.h"

namespace rowcall::formats {

/// For tests: all that a parser makes of a file.
struct ParsedFile {
  bool failed = false;
  Error error;
  Dialect dialect;
  std::vector<model::Row> rows;
};

/// Feeds `text` to `parser`, `piece` bytes at a time.
inline ParsedFile Parse(std::unique_ptr<RowParser> parser, std::string_view text, std::size_t piece) {
  ParsedFile file;
  Result<void> result;
  while (result && !text.empty()) {
    result = parser->Feed(text.substr(0, piece), file.rows);
    text.remove_prefix(std::min(piece, text.size()));
  }
  if (result) result = parser->Finish(file.rows);
  file.failed = !result;
  if (!result) file.error = result.error();
  if (result) file.dialect = parser->dialect();
  return file;
}

}  // namespace rowcall::formats

// Any bytes as a CSV file: the rows do not depend on how the bytes are cut, and reading on from a row's offset gives the
// same rows as reading from the start.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "formats/row_parser.h"

namespace {

using rowcall::formats::Dialect;
using rowcall::formats::RowLimits;
using rowcall::formats::RowParser;
using rowcall::model::Row;

constexpr RowLimits kLimits = {.max_row_bytes = 4096, .max_columns = 64};

struct File {
  bool readable = false;
  std::vector<Row> rows;
  Dialect dialect;
};

/// Feeds `bytes` in pieces whose sizes follow from `cuts`; 0 = in one piece.
File Read(RowParser& parser, std::string_view bytes, std::uint8_t cuts) {
  File file;
  std::size_t turn = 0;
  while (!bytes.empty()) {
    const std::size_t size = cuts == 0 ? bytes.size() : 1 + (cuts * ++turn) % 17;
    if (!parser.Feed(bytes.substr(0, size), file.rows)) return file;
    bytes.remove_prefix(std::min(size, bytes.size()));
  }
  if (!parser.Finish(file.rows)) return file;
  file.readable = true;
  file.dialect = parser.dialect();
  return file;
}

bool Same(const Row& a, const Row& b) {
  return a.number == b.number && a.byte_offset == b.byte_offset && a.cells == b.cells && a.faults == b.faults;
}

void ExpectSame(const std::vector<Row>& whole, std::size_t from, const std::vector<Row>& other) {
  ROWCALL_ASSERT(whole.size() - from == other.size());
  for (std::size_t i = 0; i < other.size(); ++i) ROWCALL_ASSERT(Same(whole[from + i], other[i]));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::uint8_t cuts = data[0];
  const std::uint8_t from = data[1];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);

  const std::unique_ptr<RowParser> parser = rowcall::formats::NewCsvParser(kLimits);
  const File whole = Read(*parser, bytes, 0);
  const std::unique_ptr<RowParser> in_pieces = rowcall::formats::NewCsvParser(kLimits);
  const File cut = Read(*in_pieces, bytes, cuts);
  ROWCALL_ASSERT(whole.readable == cut.readable);
  if (!whole.readable) return 0;
  ExpectSame(whole.rows, 0, cut.rows);
  for (const Row& row : whole.rows) ROWCALL_ASSERT(row.cells.size() == whole.dialect.header.size());

  if (whole.rows.empty()) return 0;
  const std::size_t first = from % whole.rows.size();
  const Row& row = whole.rows[first];
  const std::unique_ptr<RowParser> resumed =
      rowcall::formats::ResumeCsvParser(whole.dialect, row.number, row.byte_offset, kLimits);
  const File rest = Read(*resumed, bytes.substr(static_cast<std::size_t>(row.byte_offset)), cuts);
  ROWCALL_ASSERT(rest.readable);
  ExpectSame(whole.rows, first, rest.rows);
  return 0;
}

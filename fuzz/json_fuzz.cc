// Any bytes as a JSON file: the rows do not depend on how the bytes are cut, nor on the row from which reading began;
// each row's offset is where its record begins; and rows written out anew read as the same rows.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "formats/decoder.h"
#include "formats/row_parser.h"
#include "pieces.h"

namespace {

using rowcall::formats::Dialect;
using rowcall::formats::RowLimits;
using rowcall::formats::RowParser;
using rowcall::model::Encoding;
using rowcall::model::Row;

constexpr RowLimits kLimits = {.max_row_bytes = 4096, .max_columns = 64};
constexpr std::string_view kBlank = " \t\r\n";

struct File {
  bool readable = false;
  rowcall::Error error;
  std::vector<Row> rows;
  Dialect dialect;
};

File Read(RowParser& parser, std::string_view bytes, std::uint8_t cuts) {
  File file;
  rowcall::Result<void> result;
  rowcall::fuzz::InPieces(bytes, cuts, [&](std::string_view piece) {
    result = parser.Feed(piece, file.rows);
    return result.has_value();
  });
  if (result) result = parser.Finish(file.rows);
  file.readable = result.has_value();
  if (!result) file.error = result.error();
  if (result) file.dialect = parser.dialect();
  return file;
}

std::optional<Encoding> Asked(std::uint8_t choice) {
  constexpr std::optional<Encoding> kChoices[] = {std::nullopt,      Encoding::utf8,        Encoding::utf16le,
                                                  Encoding::utf16be, Encoding::windows1252, Encoding::iso8859_1};
  return kChoices[choice % std::size(kChoices)];
}

void CheckRow(const Row& row, const File& file, std::string_view bytes) {
  ROWCALL_ASSERT(row.cells.size() == file.dialect.header.size());
  for (const std::string_view cell : row.cells.All())
    ROWCALL_ASSERT(rowcall::FirstInvalidUtf8(cell) == std::string::npos);
  const auto offset = static_cast<std::size_t>(row.byte_offset);
  ROWCALL_ASSERT(offset <= bytes.size());
  if (offset == bytes.size()) {  // an array that was never closed
    ROWCALL_ASSERT(row.faults.size() == 1 && row.faults[0].code == "unreadable_rest");
    return;
  }
  std::string text;
  rowcall::formats::Decoder decoder(file.dialect.encoding);
  decoder.Append(bytes.substr(offset, 4), text);
  decoder.End(text);
  ROWCALL_ASSERT(!text.empty() && !kBlank.contains(text.front()));
  ROWCALL_ASSERT(!file.dialect.json_array || (text.front() != ',' && text.front() != ']'));
}

/// The simplest reading of JSON Lines: where in a UTF-8 file the lines begin that are not blank.
std::vector<std::int64_t> LineOffsets(std::string_view bytes) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  std::vector<std::int64_t> offsets;
  bool in_line = false;
  for (std::size_t at = bytes.starts_with(kMark) ? kMark.size() : 0; at < bytes.size(); ++at) {
    if (bytes[at] == '\r' || bytes[at] == '\n') {
      in_line = false;
    } else if (!in_line && !kBlank.contains(bytes[at])) {
      in_line = true;
      offsets.push_back(static_cast<std::int64_t>(at));
    }
  }
  return offsets;
}

void CheckRows(const File& file, std::string_view bytes) {
  for (std::size_t i = 0; i < file.rows.size(); ++i) {
    ROWCALL_ASSERT(file.rows[i].number == static_cast<rowcall::RowNumber>(i + 1));
    ROWCALL_ASSERT(i == 0 || file.rows[i].byte_offset > file.rows[i - 1].byte_offset);
    CheckRow(file.rows[i], file, bytes);
  }
  if (file.dialect.json_array || file.dialect.encoding != Encoding::utf8) return;
  const std::vector<std::int64_t> offsets = LineOffsets(bytes);
  ROWCALL_ASSERT(offsets.size() == file.rows.size());
  for (std::size_t i = 0; i < offsets.size(); ++i) ROWCALL_ASSERT(file.rows[i].byte_offset == offsets[i]);
}

void CheckResume(const File& whole, std::string_view bytes, std::uint8_t from, std::uint8_t cuts) {
  if (whole.rows.empty()) return;
  const std::size_t first = from % whole.rows.size();
  const Row& row = whole.rows[first];
  const std::unique_ptr<RowParser> parser =
      rowcall::formats::ResumeJsonParser(whole.dialect, row.number, row.byte_offset, kLimits);
  const File rest = Read(*parser, bytes.substr(static_cast<std::size_t>(row.byte_offset)), cuts);
  ROWCALL_ASSERT(rest.readable);
  ROWCALL_ASSERT(rest.rows ==
                 std::vector<Row>(whole.rows.begin() + static_cast<std::ptrdiff_t>(first), whole.rows.end()));
}

bool IsSound(const Row& row) {
  for (const rowcall::model::Reason& fault : row.faults) {
    if (!fault.warning) return false;
  }
  return true;
}

void CheckRoundTrip(const File& file, bool as_array) {
  std::vector<const Row*> written;
  std::string text = as_array ? "[" : "";
  for (const Row& row : file.rows) {
    if (!IsSound(row)) continue;
    if (as_array && !written.empty()) text += ',';
    rowcall::JsonWriter json(text);
    json.BeginObject();
    for (std::size_t i = 0; i < row.cells.size(); ++i) json.Key(file.dialect.header[i]).String(row.cells[i]);
    json.EndObject();
    if (!as_array) text += '\n';
    written.push_back(&row);
  }
  if (written.empty()) return;
  if (as_array) text += ']';
  const std::unique_ptr<RowParser> parser = rowcall::formats::NewJsonParser({.max_columns = kLimits.max_columns});
  const File again = Read(*parser, text, 0);
  ROWCALL_ASSERT(again.readable && again.dialect.header == file.dialect.header);
  ROWCALL_ASSERT(again.rows.size() == written.size());
  for (std::size_t i = 0; i < written.size(); ++i) {
    ROWCALL_ASSERT(again.rows[i].faults.empty() && again.rows[i].cells == written[i]->cells);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::uint8_t cuts = data[0];
  const std::uint8_t from = data[1];
  const std::optional<Encoding> asked = Asked(data[2]);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 3, size - 3);

  const File whole = Read(*rowcall::formats::NewJsonParser(kLimits, asked), bytes, 0);
  const File cut = Read(*rowcall::formats::NewJsonParser(kLimits, asked), bytes, cuts);
  ROWCALL_ASSERT(whole.readable == cut.readable && whole.error.message == cut.error.message);
  ROWCALL_ASSERT(whole.rows == cut.rows && whole.dialect == cut.dialect);
  if (!whole.readable) return 0;
  CheckRows(whole, bytes);
  CheckResume(whole, bytes, from, cuts);
  CheckRoundTrip(whole, from % 2 == 1);
  return 0;
}

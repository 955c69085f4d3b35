#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rowcall::formats {

/// Finds where records begin and end in JSON that comes piece by piece, and keeps none of the bytes. Whether a record
/// is sound is for whoever parses it. What is found depends only on the bytes from a record's begin on, so that reading
/// can go on from any record.
///
///   Lines   A record is a line that is not blank, from its first byte that is not blank. A line ends at LF or CR.
///   Array   Records stand between commas, blanks and closing brackets. A record is an object or an array up to its
///           last bracket (or to one that closes the wrong kind: so a broken record seldom takes its neighbours with
///           it), a string, or a run of other bytes.
class JsonScanner {
 public:
  /// `offset` is where a record may begin: for an array, behind its opening bracket.
  JsonScanner(bool array, std::int64_t offset) : array_(array), offset_(offset) {}

  /// Scans on through `bytes`, which follow what was scanned before, up to a record's end. Returns whether one ended;
  /// it is then described until the next call.
  bool Scan(std::string_view bytes);
  /// No more bytes will come. Returns whether that ended a record: a last line without line end.
  bool End();

  std::int64_t offset() const { return offset_; }  ///< Of the next byte to scan.
  std::int64_t record_begin() const { return begin_; }
  std::int64_t record_size() const { return offset_ - begin_; }  ///< So far; without line end or comma.
  bool in_record() const { return state_ != State::between && state_ != State::ended; }
  /// Whether the last byte that is not blank closed the array.
  bool array_closed() const { return closed_; }

 private:
  enum class State { between, line, bare, nested, text, escape, ended };

  /// Each goes through `bytes` from `at` on until the state changes, and returns where that was.
  std::size_t PassBetween(std::string_view bytes, std::size_t at);
  std::size_t PassLine(std::string_view bytes, std::size_t at);
  std::size_t PassBare(std::string_view bytes, std::size_t at);
  std::size_t PassNested(std::string_view bytes, std::size_t at);
  std::size_t PassText(std::string_view bytes, std::size_t at);
  std::size_t Pass(std::string_view bytes, std::size_t at);
  void Open(bool square);
  void Close(bool square);

  const bool array_;
  bool closed_ = false;
  State state_ = State::between;
  std::size_t depth_ = 0;  ///< Brackets open in the record.
  std::uint64_t square_brackets_ = 0;  ///< Which of the outer ones are square: bit n for the bracket at depth n + 1.
  std::int64_t begin_ = 0;
  std::int64_t offset_;
};

}  // namespace rowcall::formats

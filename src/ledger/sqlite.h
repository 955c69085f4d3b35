#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace rowcall::ledger {

class Database;

/// Bytes to be bound as a blob.
struct BlobView {
  std::string_view bytes;
};

/// One use of a prepared statement: parameters bound, rows read, reset at the end of the scope. A statement serves one
/// use at a time. Any failure shows in Next() or Run().
///
///   Query query = db.Use("SELECT epoch FROM lease WHERE instance = ?1", instance);
///   ASSIGN_OR_RETURN(const bool found, query.Next());
class Query {
 public:
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  /// Binds the parameters behind those that are bound so far.
  template <typename... Values>
  void Add(const Values&... values) {
    (Bind(++bound_, values), ...);
  }

  /// Steps to the next row; false = there is none.
  Result<bool> Next();
  /// Runs a statement that gives no rows.
  Result<void> Run();

  // Columns of the row that Next() stepped to, from 0.
  std::int64_t Int(int column) const;
  bool Flag(int column) const { return Int(column) != 0; }
  bool IsNull(int column) const;
  std::string Text(int column) const;  ///< Bytes as they are, of text or blob; NULL is "".
  WallTime Time(int column) const;     ///< NULL is the epoch.

 private:
  friend class Database;
  template <typename... Values>
  Query(Database& db, const char* sql, const Values&... values) : Query(db, sql) {
    Add(values...);
  }
  Query(Database& db, const char* sql);

  void Bind(int index, std::int64_t value);
  void Bind(int index, int value) { Bind(index, std::int64_t{value}); }
  void Bind(int index, bool value) { Bind(index, std::int64_t{value}); }
  void Bind(int index, std::string_view text);
  void Bind(int index, const std::string& text) { Bind(index, std::string_view(text)); }
  void Bind(int index, const char* text) { Bind(index, std::string_view(text)); }
  void Bind(int, std::nullopt_t) const {}  // a parameter that is not bound is NULL
  void Bind(int index, WallTime time) { Bind(index, std::int64_t{time.time_since_epoch().count()}); }
  template <typename Tag>
  void Bind(int index, Id<Tag> id) {
    Bind(index, id.value);
  }
  template <typename T>
  void Bind(int index, const std::optional<T>& value) {
    if (value) Bind(index, *value);
  }
  void Bind(int index, BlobView blob);
  void Remember(int status);

  Database& db_;
  sqlite3_stmt* statement_ = nullptr;
  int status_ = 0;  // of preparing and binding
  int bound_ = 0;
};

/// One connection to an SQLite file, for one thread at a time. Statements are prepared at their first use and kept.
///
/// Errors: `unavailable` (I/O error, busy), `no_space`, `corrupt` (not a database of ours, or not what was written: the
/// message names the page), `conflict` (a key exists already), `internal` (any other constraint, and bugs). Each message
/// names the file.
class Database {
 public:
  /// Opens the file, or makes it: mode 0600, WAL, synchronous=FULL, a checksum in each page (checked_vfs.h). What a killed
  /// process left there is durable when this returns.
  /// ":memory:" is a database of this connection alone.
  static Result<std::unique_ptr<Database>> Open(const std::string& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// `sql` must be a literal, or live as long as the connection: its address is the name of the prepared statement.
  template <typename... Values>
  Query Use(const char* sql, const Values&... values) {
    return Query(*this, sql, values...);
  }

  /// Runs one or several statements that are not kept.
  Result<void> Execute(const char* sql);

  /// Moves the write-ahead log into the file and cuts it to nothing, durably; then nothing is left on the disk, or in this
  /// connection, of bytes that were deleted before. Fails with `unavailable` if another connection still reads the log;
  /// it waits for that for at most a tenth of a second. Outside of transactions.
  Result<void> EmptyLog();

  std::int64_t changes() const;  ///< Rows changed by the last statement.
  std::int64_t total_changes() const;  ///< Rows changed since the connection was opened.
  /// The damage that was met last, or else the first I/O error, if any: what the disk holds is unknown, and nothing more
  /// must be written. It may have been met behind a commit that went well, by SQLite's own checkpoint.
  std::optional<Error> broken() const;
  /// The end of the connection moves nothing from the write-ahead log into the file, so that both stay as they are. So
  /// it is anyway if the connection is broken.
  void LeaveLogAsItIs();
  const std::string& path() const { return path_; }

 private:
  friend class Query;
  explicit Database(std::string path) : path_(std::move(path)) {}
  Result<void> Configure();
  Result<void> UseWriteAheadLog();
  Result<bool> CutLog();
  int Prepare(const char* sql, sqlite3_stmt*& statement);
  Error ErrorOf(int status);
  Error DamageError() const;

  std::string path_;
  std::string damage_;  ///< The last that was met; outlives the connection.
  sqlite3* connection_ = nullptr;
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
  std::optional<Error> broken_;
};

}  // namespace rowcall::ledger

#pragma once

#include <cstddef>
#include <string>

struct sqlite3;

namespace rowcall::ledger {

/// A layer between SQLite and the disk that notices bytes which are not those that were written; stock SQLite takes most
/// of them for true. Every page of a database has a checksum in its last kChecksumBytes: made when the page is written,
/// compared whenever it is read. A page that is read from the write-ahead log is compared with the log's own checksums,
/// at which SQLite itself looks only when it recovers. docs/formats/ledger.md §10 says what that finds and what not.
///
/// What is written into a database holds no bytes that SQLite has left in the free room of a page, as copies of rows
/// that it moved; so rows that are deleted are gone (docs/formats/ledger.md §12).
///
/// Used by Database alone, which makes its databases so that there is room for the checksum. A database that has none is
/// refused with SQLITE_NOTADB. Memory-mapped reads are off, for they would not pass here.

inline constexpr std::size_t kPageSize = 4096;
inline constexpr std::size_t kChecksumBytes = 8;

/// The layer's name, for sqlite3_open_v2. Thread-safe.
const char* CheckedVfs();

/// From now on `damage` holds a sentence about the last damage that the connection has met, with the file and the page.
/// A read that meets damage fails with SQLITE_IOERR_DATA. SQLite keeps silent about failures of the checkpoints that it
/// makes by itself behind a commit, so look at `damage` after a commit, too. It must outlive the connection.
void ReportDamage(sqlite3* connection, std::string& damage);

}  // namespace rowcall::ledger

#include "ledger/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/assert.h"
#include "ledger/checked_vfs.h"

namespace rowcall::ledger {

namespace {

constexpr int kBusyMilliseconds = 5'000;
constexpr int kBusyLogMilliseconds = 100;
constexpr std::string_view kInMemory = ":memory:";
constexpr std::string_view kDamageHint =
    "Bytes on the disk were changed, or another program has written to the file; restore it from a backup.";

// SQLite would make the file readable for all that the umask allows.
Result<void> EnsurePrivateFile(const std::string& path) {
  const int fd = open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0) close(fd);
  if (fd >= 0 || errno == EEXIST) return {};
  return Fail(ErrorKind::unavailable, path + ": cannot be made: " + std::strerror(errno),
              "Check that the folder exists and may be written.");
}

Result<void> FlushIfThere(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return {};
  const bool flushed = fd >= 0 && fsync(fd) == 0;
  const int reason = errno;
  if (fd >= 0) close(fd);
  if (flushed) return {};
  return Fail(ErrorKind::unavailable, path + ": cannot be flushed: " + std::strerror(reason));
}

// A process that was killed leaves commits in the log, and names in the folder, that it had not flushed. SQLite takes them
// for durable, and so does whoever reads them. (Of SQLite's files this may be done for the log alone: to close another
// would give up the locks on it.)
Result<void> FlushWhatWasLeft(const std::string& path) {
  RETURN_IF_ERROR(FlushIfThere(path + "-wal"));
  const auto folder = std::filesystem::path(path).parent_path();
  return FlushIfThere(folder.empty() ? "." : folder.string());
}

ErrorKind KindOf(int status) {
  if (status == SQLITE_CONSTRAINT_PRIMARYKEY || status == SQLITE_CONSTRAINT_UNIQUE) return ErrorKind::conflict;
  switch (status & 0xff) {
    case SQLITE_FULL: return ErrorKind::no_space;
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM: return ErrorKind::unavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ErrorKind::corrupt;
    default: return ErrorKind::internal;
  }
}

std::string_view HintFor(int status) {
  switch (status & 0xff) {
    case SQLITE_FULL: return "Free space on the disk.";
    case SQLITE_IOERR: return "Check the disk and the system's log, then start the program again.";
    case SQLITE_BUSY: return "Another program holds the file; end it.";
    case SQLITE_NOTADB: return "This is not a database of ours; move it away or name another folder.";
    case SQLITE_CORRUPT: return kDamageHint;
    default: return "";
  }
}

bool IsLasting(int status) {
  const int primary = status & 0xff;
  return primary == SQLITE_IOERR || primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

}  // namespace

Query::Query(Database& db, const char* sql) : db_(db), status_(db.Prepare(sql, statement_)) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void Query::Remember(int status) {
  if (status_ == SQLITE_OK) status_ = status;
}

void Query::Bind(int index, std::int64_t value) {
  if (statement_ != nullptr) Remember(sqlite3_bind_int64(statement_, index, value));
}

void Query::Bind(int index, std::string_view text) {
  if (statement_ == nullptr) return;
  const char* bytes = text.empty() ? "" : text.data();  // a null pointer would bind NULL
  Remember(sqlite3_bind_text64(statement_, index, bytes, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Query::Bind(int index, BlobView blob) {
  if (statement_ == nullptr) return;
  const char* bytes = blob.bytes.empty() ? "" : blob.bytes.data();
  Remember(sqlite3_bind_blob64(statement_, index, bytes, blob.bytes.size(), SQLITE_TRANSIENT));
}

Result<bool> Query::Next() {
  if (status_ != SQLITE_OK) return std::unexpected(db_.ErrorOf(status_));
  const int status = sqlite3_step(statement_);
  if (status == SQLITE_ROW) return true;
  if (status == SQLITE_DONE) return false;
  return std::unexpected(db_.ErrorOf(status));
}

Result<void> Query::Run() {
  ASSIGN_OR_RETURN(const bool row, Next());
  ROWCALL_ASSERT(!row);
  return {};
}

std::int64_t Query::Int(int column) const { return sqlite3_column_int64(statement_, column); }

bool Query::IsNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::string Query::Text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}

WallTime Query::Time(int column) const { return WallTime(std::chrono::milliseconds(Int(column))); }

Result<std::unique_ptr<Database>> Database::Open(const std::string& path) {
  // SQLite's own memory statistics take a global lock at each allocation. Only the first call acts.
  [[maybe_unused]] static const int statistics_off = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  if (path != kInMemory) {
    RETURN_IF_ERROR(EnsurePrivateFile(path));
    RETURN_IF_ERROR(FlushWhatWasLeft(path));
  }
  std::unique_ptr<Database> db(new Database(path));
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int status = sqlite3_open_v2(path.c_str(), &db->connection_, flags, CheckedVfs());
  if (status != SQLITE_OK) return std::unexpected(db->ErrorOf(status));
  ReportDamage(db->connection_, db->damage_);
  RETURN_IF_ERROR(db->Configure());
  return db;
}

Result<void> Database::Configure() {
  static_assert(kPageSize == 4096);
  RETURN_IF_ERROR(Execute("PRAGMA page_size = 4096"));  // acts, as what follows, while the file is empty
  int reserved = kChecksumBytes;
  const int status = sqlite3_file_control(connection_, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  if (status != SQLITE_OK) return std::unexpected(ErrorOf(status));
  sqlite3_busy_timeout(connection_, kBusyMilliseconds);
  RETURN_IF_ERROR(UseWriteAheadLog());
  // Without spilling, no page of a transaction is written twice into the log: the log's checksums, which are mended only
  // before the commit, would be wrong for a while.
  return Execute(
      "PRAGMA cache_spill = OFF; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; "
      "PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = "
      "-1000");
}

// Where the file system cannot share memory, SQLite keeps the old journal and says so only in the answer.
Result<void> Database::UseWriteAheadLog() {
  Query query = Use("PRAGMA journal_mode = WAL");
  ASSIGN_OR_RETURN(const bool answered, query.Next());
  const std::string mode = answered ? query.Text(0) : "";
  if (mode == "wal" || path_ == kInMemory) return {};
  return Fail(ErrorKind::unavailable, path_ + ": no write-ahead log is possible here (journal mode " + mode + ")",
              "Put the data folder on a local disk, not on a network file system.");
}

Database::~Database() {
  if (broken()) LeaveLogAsItIs();
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(connection_);
}

int Database::Prepare(const char* sql, sqlite3_stmt*& statement) {
  sqlite3_stmt*& kept = statements_[sql];
  if (kept == nullptr) {
    const int status = sqlite3_prepare_v3(connection_, sql, -1, SQLITE_PREPARE_PERSISTENT, &kept, nullptr);
    if (status != SQLITE_OK) return status;
  }
  ROWCALL_ASSERT(sqlite3_stmt_busy(kept) == 0);
  statement = kept;
  return SQLITE_OK;
}

Result<void> Database::Execute(const char* sql) {
  const int status = sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr);
  if (status != SQLITE_OK) return std::unexpected(ErrorOf(status));
  return {};
}

Result<bool> Database::CutLog() {
  Query query = Use("PRAGMA wal_checkpoint(TRUNCATE)");
  ASSIGN_OR_RETURN(const bool answered, query.Next());
  return answered && !query.Flag(0);
}

Result<void> Database::EmptyLog() {
  sqlite3_busy_timeout(connection_, kBusyLogMilliseconds);
  const Result<bool> emptied = CutLog();
  sqlite3_busy_timeout(connection_, kBusyMilliseconds);
  if (!emptied) return std::unexpected(emptied.error());
  if (!*emptied) {
    return Fail(ErrorKind::unavailable, path_ + ": another program reads it, so that its log cannot be emptied",
                "End that program, and try again.");
  }
  if (path_ == kInMemory) return {};
  // What is in memory of a page may hold more than the page on the disk (checked_vfs.h), and would go into the log with it.
  sqlite3_db_release_memory(connection_);
  const Result<void> flushed = FlushIfThere(path_ + "-wal");  // SQLite does not: the old length could come back
  if (!flushed && !broken_) broken_ = flushed.error();
  return flushed;
}

std::int64_t Database::changes() const { return sqlite3_changes64(connection_); }
std::int64_t Database::total_changes() const { return sqlite3_total_changes64(connection_); }

std::optional<Error> Database::broken() const {
  if (damage_.empty()) return broken_;
  return DamageError();
}

void Database::LeaveLogAsItIs() { sqlite3_db_config(connection_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr); }

Error Database::DamageError() const { return {ErrorKind::corrupt, damage_, std::string(kDamageHint)}; }

Error Database::ErrorOf(int status) {
  Error error{KindOf(status), path_ + ": ", std::string(HintFor(status))};
  error.message += connection_ != nullptr ? sqlite3_errmsg(connection_) : sqlite3_errstr(status);
  error.message += " (SQLite code " + std::to_string(status) + ")";
  if (status == SQLITE_IOERR_DATA) error = DamageError();
  if (IsLasting(status) && (!broken_ || error.kind == ErrorKind::corrupt)) broken_ = error;
  return error;
}

}  // namespace rowcall::ledger

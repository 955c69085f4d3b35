#include "ledger/ledger_head.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <xxhash.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>

#include "base/assert.h"
#include "base/log.h"

namespace rowcall::ledger {

namespace {

constexpr std::size_t kDigits = 19;
constexpr std::size_t kHeadSize = kDigits + 1 + 16 + 1;

// Of one length, so that a newer text covers an older one.
std::string TextOf(std::int64_t number) {
  const std::string digits = fmt::format("{:019}", number);
  return fmt::format("{} {:016x}\n", digits, XXH3_64bits(digits.data(), digits.size()));
}

std::optional<std::int64_t> ReadNumber(int fd) {
  std::array<char, kHeadSize> bytes{};
  if (pread(fd, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return std::nullopt;
  const std::string_view text(bytes.data(), bytes.size());
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + kDigits, number);
  return text == TextOf(number) ? std::optional(number) : std::nullopt;
}

Result<bool> NumbersCommits(Database& db) {
  Query query = db.Use("SELECT 1 FROM pragma_table_info('sequence') WHERE name = 'commits'");
  return query.Next();
}

Result<std::int64_t> CommitsIn(Database& db) {
  Query query = db.Use("SELECT commits FROM sequence");
  ASSIGN_OR_RETURN(const bool found, query.Next());
  ROWCALL_ASSERT(found);
  return query.Int(0);
}

// Of a new ledger, and of one from before commits were numbered, 0.
Result<std::int64_t> LastCommit(Database& db) {
  ASSIGN_OR_RETURN(const bool numbered, NumbersCommits(db));
  return numbered ? CommitsIn(db) : 0;
}

}  // namespace

Result<std::unique_ptr<LedgerHead>> LedgerHead::Open(Database& db) {
  std::string path = std::filesystem::path(db.path()).replace_extension(".head");
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return Fail(ErrorKind::unavailable, path + ": cannot be opened: " + std::strerror(errno),
                "Check that the file may be read and written.");
  }
  std::unique_ptr<LedgerHead> head(new LedgerHead(db, std::move(path), fd));
  ASSIGN_OR_RETURN(const std::int64_t number, LastCommit(db));
  const std::optional<std::int64_t> known = ReadNumber(fd);
  if (known && *known > number) {
    db.LeaveLogAsItIs();
    return Fail(
        ErrorKind::corrupt,
        fmt::format("{}: its last commit is number {}, but number {} was on the disk, as {} says: the end of its "
                    "write-ahead log, {}-wal, is damaged or missing, and the commits there are lost",
                    db.path(), number, *known, head->path_, db.path()),
        "Restore .db, .db-wal and .head together from a backup.");
  }
  if (!known && number > 0) {
    Log(LogLevel::warning, "ledger_head_unknown",
        {{"file", head->path_}, {"note", "lost commits, if any, cannot be noticed at this start"}});
  }
  head->Keep(number);
  return head;
}

LedgerHead::~LedgerHead() { close(fd_); }

Result<std::int64_t> LedgerHead::NumberCommit() {
  // Not with RETURNING, for which SQLite makes a temporary table each time.
  RETURN_IF_ERROR(db_.Use("UPDATE sequence SET commits = commits + 1").Run());
  return CommitsIn(db_);
}

void LedgerHead::Keep(std::int64_t number) {
  const std::string text = TextOf(number);
  const bool written = pwrite(fd_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
  if (!written && !failed_) {
    Log(LogLevel::warning, "ledger_head_not_written", {{"file", path_}, {"error", std::strerror(errno)}});
  }
  failed_ = !written;
}

}  // namespace rowcall::ledger

#include "ledger/checked_vfs.h"

#include <sqlite3.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>
#include <type_traits>

namespace rowcall::ledger {

namespace {

constexpr const char* kName = "rowcall-checked";
constexpr int kReportDamage = 1'001;  // a file control of our own: numbers up to 100 are SQLite's
constexpr int kLeastPage = 512;       // SQLite reads less only of the first page, to learn how large pages are
constexpr std::size_t kReservedByte = 20;  // of the first page: how many bytes at each page's end are not SQLite's

// Of the write-ahead log, as SQLite's file format has it: a header, then frames of a header and a page each. Both
// headers hold the checksum of all that stands before them in the log and in themselves, as two big-endian numbers.
constexpr std::size_t kLogHeader = 32;
constexpr std::size_t kFrameHeader = 24;
constexpr std::size_t kLogChecksum = 8;
constexpr std::size_t kFrameChecksumAt = 16;  // in a frame's header
constexpr std::size_t kFrameChecked = 8;      // so much of a frame's header is in the checksum

/// Our part of an open file. It stands behind the one of the file's own VFS, which knows nothing of it, and is found by
/// the methods that it is.
struct CheckedFile : sqlite3_io_methods {
  const sqlite3_io_methods* disk;
  const char* path;
  CheckedFile* database;  // of a log: whose log it is; of a database: itself
  std::string* damage;  // of a database: where the last damage is told; null: nowhere
};
static_assert(std::is_trivially_destructible_v<CheckedFile>);  // nobody tells it when the file is closed

CheckedFile& PartOf(sqlite3_file* file) {
  return const_cast<CheckedFile&>(static_cast<const CheckedFile&>(*file->pMethods));
}

int Damaged(const CheckedFile& file, const std::string& what) {
  if (file.database->damage != nullptr) *file.database->damage = std::string(file.path) + ": " + what;
  return SQLITE_IOERR_DATA;
}

// The page's number counts, so that a page in another's place is not taken for it.
std::uint64_t ChecksumOf(const char* page, std::int64_t number) {
  return XXH3_64bits_withSeed(page, kPageSize - kChecksumBytes, static_cast<std::uint64_t>(number));
}

// Of a page of a b-tree, as SQLite's file format has it: its kind, then, in the header, how many cells it has and where
// the first of them begins. Behind the header stands the list of cells; from there to the first of them is free room.
constexpr char kInnerIndex = 2, kInnerTable = 5, kLeafIndex = 10, kLeafTable = 13;
constexpr std::size_t kFileHeader = 100;  // of the first page, before its own
constexpr std::size_t kCellCountAt = 3, kFirstCellAt = 5;
// All other pages that are in use begin with the number of a page. In a file of so many bytes, and as many again in its
// log, the first byte of that number is 0, so that none is taken for a page of a b-tree.
constexpr sqlite3_int64 kMostBytes = sqlite3_int64{kPageSize} << 23;

std::size_t BigEndian16(const char* bytes) {
  return static_cast<std::size_t>(static_cast<unsigned char>(bytes[0]) << 8 | static_cast<unsigned char>(bytes[1]));
}

// What SQLite deletes it overwrites (secure_delete); but where it has moved rows to another page, or within one, it
// leaves copies of them in the free room, and does not know of them when the rows are deleted.
void BlankFreeRoom(std::array<char, kPageSize>& page, sqlite3_int64 offset) {
  char* header = page.data() + (offset == 0 ? kFileHeader : 0);
  const bool is_inner = *header == kInnerIndex || *header == kInnerTable;
  if (!is_inner && *header != kLeafIndex && *header != kLeafTable) return;
  char* room = header + (is_inner ? 12 : 8) + 2 * BigEndian16(header + kCellCountAt);
  char* first_cell = page.data() + BigEndian16(header + kFirstCellAt);
  if (room < first_cell && first_cell <= page.data() + kPageSize) std::fill(room, first_cell, '\0');
}

bool IsSmall(sqlite3_file* file) {
  sqlite3_int64 size = 0;
  return PartOf(file).disk->xFileSize(file, &size) == SQLITE_OK && size < kMostBytes;
}

std::int64_t PageAt(sqlite3_int64 offset) { return offset / static_cast<std::int64_t>(kPageSize) + 1; }

int ReadPage(sqlite3_file* file, void* bytes, int amount, sqlite3_int64 offset) {
  const CheckedFile& part = PartOf(file);
  const int status = part.disk->xRead(file, bytes, amount, offset);
  if (amount < kLeastPage || (status != SQLITE_OK && status != SQLITE_IOERR_SHORT_READ)) return status;
  const auto* page = static_cast<const char*>(bytes);
  const bool is_ours = amount == kPageSize && (offset > 0 || page[kReservedByte] == kChecksumBytes);
  if (!is_ours) return SQLITE_NOTADB;
  const std::string name = "page " + std::to_string(PageAt(offset));
  if (status != SQLITE_OK) return Damaged(part, name + " is missing, for the file is too short");
  std::uint64_t kept = 0;
  std::memcpy(&kept, page + kPageSize - kChecksumBytes, kChecksumBytes);
  if (kept == ChecksumOf(page, PageAt(offset))) return SQLITE_OK;
  return Damaged(part, name + " is damaged: its bytes are not those that were written");
}

int WritePage(sqlite3_file* file, const void* bytes, int amount, sqlite3_int64 offset) {
  if (amount != kPageSize) return SQLITE_NOTADB;
  std::array<char, kPageSize> page;
  std::memcpy(page.data(), bytes, kPageSize - kChecksumBytes);
  if (IsSmall(file)) BlankFreeRoom(page, offset);
  const std::uint64_t checksum = ChecksumOf(page.data(), PageAt(offset));
  std::memcpy(page.data() + kPageSize - kChecksumBytes, &checksum, kChecksumBytes);
  return PartOf(file).disk->xWrite(file, page.data(), amount, offset);
}

struct LogChecksum {
  std::uint32_t first = 0, second = 0;
  bool operator==(const LogChecksum&) const = default;
};

std::uint32_t BigEndian(const char* bytes) {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes, sizeof number);
  return __builtin_bswap32(number);
}

LogChecksum LogChecksumAt(const char* bytes) { return {BigEndian(bytes), BigEndian(bytes + 4)}; }

LogChecksum GoOn(LogChecksum sum, std::string_view bytes) {
  for (; !bytes.empty(); bytes.remove_prefix(8)) {
    std::array<std::uint32_t, 2> words;  // in the order of bytes of the machine that wrote the log: ours
    std::memcpy(words.data(), bytes.data(), sizeof words);
    sum.first += words[0] + sum.second;
    sum.second += words[1] + sum.first;
  }
  return sum;
}

// A frame cannot be checked alone: its checksum goes on from the one before it. So one read brings that one, the page of
// the frame before (in the first frame there is none), the frame's header and its page.
int ReadLog(sqlite3_file* file, void* bytes, int amount, sqlite3_int64 offset) {
  const CheckedFile& part = PartOf(file);
  // All else, headers and whole frames, SQLite reads in order to check it itself.
  if (amount != kPageSize) return part.disk->xRead(file, bytes, amount, offset);
  const bool is_first = offset == kLogHeader + kFrameHeader;
  const std::size_t ahead = kLogChecksum + (is_first ? 0 : kPageSize);
  std::array<char, kLogChecksum + kPageSize + kFrameHeader + kPageSize> read;
  const std::size_t size = ahead + kFrameHeader + kPageSize;
  const auto from = offset - static_cast<std::int64_t>(ahead + kFrameHeader);
  const int status = part.disk->xRead(file, read.data(), static_cast<int>(size), from);
  if (status != SQLITE_OK && status != SQLITE_IOERR_SHORT_READ) return status;
  const char* header = read.data() + ahead;
  const char* page = header + kFrameHeader;
  std::memcpy(bytes, page, kPageSize);
  LogChecksum sum = GoOn(LogChecksumAt(read.data()), {header, kFrameChecked});
  sum = GoOn(sum, {page, kPageSize});
  if (status == SQLITE_OK && sum == LogChecksumAt(header + kFrameChecksumAt)) return SQLITE_OK;
  return Damaged(part, "the frame of page " + std::to_string(BigEndian(header)) +
                           " is damaged: its bytes are not those that were written");
}

int Control(sqlite3_file* file, int what, void* argument) {
  CheckedFile& part = PartOf(file);
  if (what != kReportDamage) return part.disk->xFileControl(file, what, argument);
  part.damage = static_cast<std::string*>(argument);
  return SQLITE_OK;
}

std::size_t SizeOfDisksPart(const sqlite3_vfs& disk) {
  constexpr std::size_t kAlignment = alignof(CheckedFile);
  return (static_cast<std::size_t>(disk.szOsFile) + kAlignment - 1) / kAlignment * kAlignment;
}

int OpenFile(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* flags_out) {
  auto* disk = static_cast<sqlite3_vfs*>(vfs->pAppData);
  const int status = disk->xOpen(disk, path, file, flags, flags_out);
  const bool is_log = (flags & SQLITE_OPEN_WAL) != 0;
  if (status != SQLITE_OK || (!is_log && (flags & SQLITE_OPEN_MAIN_DB) == 0)) return status;
  void* behind = reinterpret_cast<char*>(file) + SizeOfDisksPart(*disk);
  auto* part = new (behind) CheckedFile{*file->pMethods, file->pMethods, path, nullptr, nullptr};
  part->database = is_log ? &PartOf(sqlite3_database_file_object(path)) : part;
  part->iVersion = 2;  // without xFetch, so that no page is read past us
  if (is_log) {
    part->xRead = ReadLog;
  } else {
    part->xRead = ReadPage;
    part->xWrite = WritePage;
    part->xFileControl = Control;
  }
  file->pMethods = part;
  return SQLITE_OK;
}

/// All but the opening of a file is done by the methods of the VFS that it stands on.
sqlite3_vfs MakeVfs() {
  sqlite3_vfs* disk = sqlite3_vfs_find(nullptr);
  sqlite3_vfs vfs = *disk;
  vfs.pNext = nullptr;
  vfs.zName = kName;
  vfs.pAppData = disk;
  vfs.szOsFile = static_cast<int>(SizeOfDisksPart(*disk) + sizeof(CheckedFile));
  vfs.xOpen = OpenFile;
  return vfs;
}

}  // namespace

const char* CheckedVfs() {
  static sqlite3_vfs vfs = MakeVfs();
  [[maybe_unused]] static const int registered = sqlite3_vfs_register(&vfs, 0);
  return kName;
}

void ReportDamage(sqlite3* connection, std::string& damage) {
  // Of a database in memory there is no file, and nothing to report.
  static_cast<void>(sqlite3_file_control(connection, "main", kReportDamage, &damage));
}

}  // namespace rowcall::ledger

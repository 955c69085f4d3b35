// What no code of ours goes below: the same work of this machine's memory, kernel and SQLite with nothing around it.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/tcp.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "base/assert.h"
#include "bench/pieces.h"
#include "ledger/temp_folder.h"

namespace rowcall::bench {

namespace {

/// Both ends of a TCP connection on the loopback address.
class Loopback {
 public:
  Loopback() {
    sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    ROWCALL_ASSERT(bind(listener, any, size) == 0 && listen(listener, 1) == 0);
    ROWCALL_ASSERT(getsockname(listener, any, &size) == 0 && connect(client_, any, size) == 0);
    service_ = accept(listener, nullptr, nullptr);
    close(listener);
    const int on = 1;
    for (const int end : {client_, service_}) setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~Loopback() {
    close(client_);
    close(service_);
  }
  Loopback(const Loopback&) = delete;
  Loopback& operator=(const Loopback&) = delete;

  /// A request of the usual size there, an answer back.
  void Exchange() {
    Move(client_, service_, 330);
    Move(service_, client_, 570);
  }

 private:
  void Move(int from, int to, std::size_t bytes) {
    ROWCALL_ASSERT(send(from, room_.data(), bytes, 0) == static_cast<ssize_t>(bytes));
    ROWCALL_ASSERT(recv(to, room_.data(), bytes, MSG_WAITALL) == static_cast<ssize_t>(bytes));
  }

  std::array<char, 4096> room_{};
  int client_ = socket(AF_INET, SOCK_STREAM, 0);
  int service_ = -1;
};

/// One table with nothing but a number and the bytes of an outcome, in a log that is flushed at each commit.
class BareTable {
 public:
  BareTable() {
    ROWCALL_ASSERT(sqlite3_open((folder_ / "bare.db").c_str(), &db_) == SQLITE_OK);
    Run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (row INTEGER PRIMARY KEY, b BLOB)");
    sqlite3_prepare_v2(db_, "INSERT INTO t VALUES (?1, ?2)", -1, &insert_, nullptr);
  }
  ~BareTable() {
    sqlite3_finalize(insert_);
    sqlite3_close(db_);
  }
  BareTable(const BareTable&) = delete;
  BareTable& operator=(const BareTable&) = delete;

  void InsertBlock() {
    static constexpr std::array<char, 48> kOutcome{};
    Run("BEGIN");
    for (std::size_t i = 0; i < kBlock; ++i) {
      sqlite3_bind_int64(insert_, 1, ++row_);
      sqlite3_bind_blob(insert_, 2, kOutcome.data(), kOutcome.size(), SQLITE_STATIC);
      ROWCALL_ASSERT(sqlite3_step(insert_) == SQLITE_DONE);
      sqlite3_reset(insert_);
    }
    Run("COMMIT");
  }

 private:
  void Run(const char* sql) { ROWCALL_ASSERT(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK); }

  ledger::TempFolder folder_;
  sqlite3* db_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  RowNumber row_ = 0;
};

}  // namespace

Piece FindLines() {
  return [people = People()](std::size_t count) {
    for (; count > 0; count -= kBlock) {
      for (std::string_view rest = people; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
        benchmark::DoNotOptimize(rest.data());
      }
    }
  };
}

Piece Exchange() {
  return [loopback = std::make_unique<Loopback>()](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) loopback->Exchange();
  };
}

Piece BareInsert() {
  return [table = std::make_unique<BareTable>()](std::size_t count) {
    for (; count > 0; count -= kBlock) table->InsertBlock();
  };
}

}  // namespace rowcall::bench

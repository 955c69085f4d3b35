#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "async/loop.h"
#include "async/timers.h"
#include "base/ids.h"
#include "base/result.h"
#include "net/egress_guard.h"
#include "net/endpoint.h"
#include "net/headers.h"

namespace rowcall::net {

class TlsContext;

/// A request's body, read piece by piece so that memory stays flat however long it is.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  /// The next piece, valid until the next call; "" at the end. Fails with `invalid` on broken framing, `timeout`
  /// if it comes too slowly (to be answered 408), `too_large` or `unavailable` (the peer went away); then the
  /// connection is closed after the answer.
  virtual async::Task<Result<std::string_view>> Next() = 0;
};

/// The whole body; fails with `too_large` beyond `limit` bytes.
async::Task<Result<std::string>> ReadWhole(BodyReader& body, std::size_t limit);

struct ServerRequest {
  /// Names this request in its answer and in the log: the X-Request-Id that came with it, if that is 1 to 64 letters,
  /// digits or any of "-_.:=+/"; else 24 random hexadecimal digits.
  std::string id;
  std::string method;
  std::string target;  ///< As received: path and query.
  std::string path;  ///< Percent-decoded, without the query. Never a file name.
  std::string query;  ///< Behind the '?', not decoded.
  Headers headers;
  BodyReader* body = nullptr;  ///< Never null; alive as long as the handler runs.
  // What the handler finds out, for the RequestRecord.
  std::string_view route;  ///< The pattern that the path fits; outlives the server.
  TenantId tenant;
  InstanceId instance;

  /// The decoded value of a query parameter, or "" if it is absent.
  std::string QueryValue(std::string_view name) const;
};

struct ServerAnswer {
  int status = 200;
  Headers headers;  ///< Content-Length, Connection and Date are set by the server.
  std::string body;
  /// If set, the body is sent chunked: called until it returns "" or fails (then the connection is cut, so that the
  /// client sees that the body is not whole). `body` is sent first.
  std::function<async::Task<Result<std::string>>()> more;
  /// `more` may go on as long as the client listens: a server that drains ends such a body in good order.
  bool open_ended = false;
  /// If true, nothing is sent and the connection is reset. For stand-ins of services that fail.
  bool reset = false;
};

/// How one request ended.
struct RequestRecord {
  std::string_view id;
  std::string_view method, path;  ///< As in ServerRequest; "" if its header could not be used.
  std::string_view route;  ///< This and the next two as the handler set them.
  TenantId tenant;
  InstanceId instance;
  Endpoint peer;  ///< Who connected: behind a proxy, the proxy.
  int status = 0;  ///< Of the answer; 0 = none, the connection was reset.
  bool sent = false;  ///< The system has taken the whole answer. Else the client went away, or was cut off.
  std::uint64_t bytes_in = 0;  ///< Header, and body as far as it was read until the answer's end.
  std::uint64_t bytes_out = 0;  ///< Header and body that the system has taken.
  Duration took{};  ///< From the request's first byte to the answer's last.
};

/// Called once for each request, behind its end, also if the server refused it by itself. On the server's loop, so it
/// must not wait. A connection that ends within a request's header was no request.
using RequestEnded = std::function<void(const RequestRecord&)>;

/// Answers one request. Called on the server's loop, at the same time for different connections. An exception out of
/// it is a bug and ends the program.
using Handler = std::function<async::Task<ServerAnswer>(ServerRequest&)>;

struct ServerOptions {
  std::string host = "127.0.0.1";  ///< An address, not a name.
  std::uint16_t port = 0;  ///< 0 = any free one.
  const TlsContext* tls = nullptr;  ///< Of a server; must outlive it. Null: plain HTTP.
  /// At so many the longest idle one is closed for the next one; while none is idle, the next ones wait in the
  /// system's queue. The same when there are no descriptors left.
  std::size_t max_connections = 10'000;
  Duration handshake_timeout = std::chrono::seconds(10);  ///< Of TLS, to its end.
  /// From the first byte of a header to its end; and for the first byte on a new connection.
  Duration header_timeout = std::chrono::seconds(10);
  Duration idle_timeout = std::chrono::seconds(75);  ///< Between requests.
  Duration body_timeout = std::chrono::seconds(30);  ///< Without any byte of the body coming in, or going out.
  /// A body that falls behind this rate, in bytes per second (at least 1), for longer than the grace fails with
  /// `timeout`. Only the time counts in which the server waits for the client.
  std::size_t min_body_rate = 500;
  Duration body_grace = std::chrono::seconds(30);
  /// After an answer that ends the connection: how long the rest of the request is read and thrown away, so that
  /// the client can finish sending and see the answer.
  Duration linger = std::chrono::seconds(5);
  std::size_t max_header_bytes = 64 * 1024;
  std::size_t max_header_line = 8 * 1024;
  std::size_t max_header_fields = 100;
  std::size_t max_target_bytes = 8 * 1024;
  /// A longer body is answered 413: unread if the header says so, else BodyReader::Next fails where it goes beyond.
  std::uint64_t max_body_bytes = std::uint64_t{100} << 30;
};

/// HTTP/1.1, plain or over TLS: keep-alive, chunked and counted bodies, `Expect: 100-continue`, HEAD. What request
/// smuggling is made of (both Content-Length and Transfer-Encoding, two lengths, unknown codings) is answered 400 and the
/// connection closed. Past a limit it is 408, 413, 414 or 431, and closed too. Every wait for a client has a deadline.
class HttpServer {
 public:
  /// `loop` and `timers` must outlive the server.
  HttpServer(async::Loop& loop, async::Timers& timers, ServerOptions options, Handler handler, RequestEnded ended = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Binds and begins to accept. Fails with `unavailable` and names the address if it is taken. Thread-safe before any
  /// other call.
  Result<void> Start();
  Endpoint listening() const;  ///< After Start().
  std::uint16_t port() const { return listening().port; }
  std::size_t connections() const;  ///< How many are open. On the loop.
  /// Stops accepting, lets requests that run finish for at most `patience`, closes the rest. On the loop.
  async::Task<void> Drain(Duration patience);

 private:
  struct State;
  std::shared_ptr<State> state_;  // owners: this server and each open connection's task
};

/// Parses "127.0.0.1:8080" or "[::1]:8080".
Result<ServerOptions> ParseListen(std::string_view text);

}  // namespace rowcall::net

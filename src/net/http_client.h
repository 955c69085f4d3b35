#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "async/task.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/result.h"
#include "net/headers.h"
#include "net/url.h"

namespace rowcall::net {

/// One request. Referenced strings must stay valid until Send() returns.
struct HttpRequest {
  std::string method = "GET";
  Url url;
  Headers headers;  ///< Host, Content-Length and Connection are set by the client.
  std::string_view body;
  /// The rest of a long body, sent behind `body` with flat memory: called for the next piece, which is valid until the
  /// next call, until `more_bytes` came. Unset = `body` is all. If it fails or comes to another length, so does the
  /// exchange.
  std::function<async::Task<Result<std::string_view>>()> more;
  std::uint64_t more_bytes = 0;
  /// Connect only to an address that the operator allowed by hand, even if it is a public one; else fail with
  /// `forbidden`.
  bool only_allowed_by_hand = false;
  Duration deadline = std::chrono::seconds(30);  ///< For the whole exchange: resolve, connect, TLS, send, read.
  std::size_t max_answer_bytes = std::size_t{1} << 20;  ///< A longer body ends the exchange as `maybe_sent`.
  /// For a long answer: takes the body of a 2xx piece by piece, however long it is, and the answer has none. If it fails,
  /// so does the exchange, with the same error. Unset = the answer has its body.
  std::function<Result<void>(std::string_view)> take;
};

struct HttpAnswer {
  int status = 0;
  Headers headers;
  std::string body;
};

/// What can be said for certain of a request. The difference between the first two decides whether a row may be sent
/// again without asking.
enum class Delivery {
  not_sent,  ///< No byte of the request can have reached the service: refused, unresolved, guard, TLS handshake.
  maybe_sent,  ///< At least one byte was handed to the kernel, and no complete answer came.
  answered,  ///< A complete, well-formed answer came.
};

struct Exchange {
  Delivery delivery = Delivery::not_sent;
  HttpAnswer answer;  ///< Only if answered.
  Error error;  ///< Otherwise: why.
  MonoTime connected_at{};  ///< When the connection for it was there, if one had to be opened.
};

/// Sends requests. Follows no redirect and never sends anything a second time by itself, not even on a connection that
/// died while idle: the caller alone knows whether a repeat is safe. One of the four seams; tests use a fake.
/// Used on one loop's thread.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual async::Task<Exchange> Send(const HttpRequest& request) = 0;
};

}  // namespace rowcall::net

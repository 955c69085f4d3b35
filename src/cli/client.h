#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "cli/access.h"
#include "cli/upload_body.h"
#include "net/http_client.h"

namespace rowcall::cli {

/// A call to the server, below its base path.
struct Call {
  std::string method = "GET";
  std::string target;  ///< "/bulk/1/status"
  net::Headers headers;
  std::string_view body;
  UploadBody* upload = nullptr;  ///< Sent instead of `body` if not null.
  /// Takes a good answer's body piece by piece, however long it is. Unset = the answer has it.
  std::function<Result<void>(std::string_view)> take;
  std::string accept = "application/json";
  Duration deadline = std::chrono::seconds(60);
};

/// Calls a server, one call after another, and waits for each. Used on one thread.
class Client {
 public:
  /// Fails with `invalid` if the server's address cannot be one.
  static Result<std::unique_ptr<Client>> Open(Access access);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// The answer, whatever its status. Fails with `unavailable` if none came.
  Result<net::HttpAnswer> Ask(const Call& call);
  /// The answer, if it is a good one; see GoodAnswer.
  Result<net::HttpAnswer> Send(const Call& call);
  Result<net::HttpAnswer> Get(std::string target);
  const Access& access() const { return access_; }

 private:
  struct Parts;
  Client(Access access, net::Url url, std::unique_ptr<Parts> parts);

  Access access_;
  net::Url url_;
  std::unique_ptr<Parts> parts_;
};

/// The answer, if it is a good one (2xx). Otherwise the server's own words as an error: `invalid` only if the server
/// itself says that what was asked is wrong, `unavailable` for a refusal that is not understood.
Result<net::HttpAnswer> GoodAnswer(net::HttpAnswer answer);

/// What was read of a good answer. That it cannot be read is not the caller's fault: `invalid` becomes `unavailable`.
template <typename T>
Result<T> FromAnswer(Result<T> read) {
  if (!read.has_value() && read.error().kind == ErrorKind::invalid) read.error().kind = ErrorKind::unavailable;
  return read;
}

}  // namespace rowcall::cli

#pragma once

#include <memory>
#include <string>

#include "net/answer_parser.h"
#include "net/deadline.h"
#include "net/http_client.h"
#include "net/read_buffer.h"
#include "net/stream.h"

namespace rowcall::net {

class ClientConnection;

/// Keeps connections that wait for their next request.
class IdleKeeper {
 public:
  /// `connection` has waited long enough. Destroys it.
  virtual void Forget(ClientConnection& connection) = 0;

 protected:
  ~IdleKeeper() = default;
};

/// One connection to a service, for one exchange after the other.
class ClientConnection final : private Deadline::Listener {
 public:
  /// `stream` is connected. `kept_under` is for the keeper.
  ClientConnection(Deadlines& deadlines, IdleKeeper& keeper, std::string kept_under, std::unique_ptr<Stream> stream);

  /// Sends the request, whose header fields CheckedFields() has written, and reads the answer. On `not_sent` the kernel
  /// took not one byte of it. `fields` may be gone when it waits for the first time.
  async::Task<Exchange> Talk(const HttpRequest& request, std::string_view fields, MonoTime deadline);
  /// After Talk(): another request may follow.
  bool reusable() const { return reusable_; }

  /// Waits idle until `until`; then the keeper is told to forget it.
  void Rest(MonoTime until);
  /// Whether it can still be used after a rest.
  bool IsQuiet() { return stream_->IsQuiet(); }

  const std::string& kept_under() const { return kept_under_; }

 private:
  async::Task<Result<void>> SendMore(const HttpRequest& request);
  async::Task<Result<void>> ReadAnswer();
  void DeadlinePassed() override;

  IdleKeeper& keeper_;
  const std::string kept_under_;
  std::unique_ptr<Stream> stream_;
  Deadline deadline_;
  ReadBuffer input_;
  std::string output_;
  AnswerParser parser_;
  bool resting_ = false;
  bool reusable_ = false;
};

/// Fails with `invalid` if the method or the path has a character that may not stand there.
Result<void> CheckRequest(const HttpRequest& request);
/// Header fields as they go out, without those that are the client's own. Fails with `invalid` if a name or a value has a
/// character that may not stand there.
Result<std::string> CheckedFields(const Headers& headers);
/// Appends the request as it goes out: its head with these fields, and its body if that is short enough to go out in one
/// write with it. Returns whether it was.
bool AppendRequest(std::string& out, const HttpRequest& request, std::string_view fields);

}  // namespace rowcall::net

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>

#include "async/semaphore.h"
#include "net/answer_head.h"
#include "net/deadline.h"
#include "net/head_scanner.h"
#include "net/http_server.h"
#include "net/read_buffer.h"
#include "net/request_parser.h"
#include "net/stream.h"

namespace rowcall::net {

class ServerConnection;

/// What the connections of one server share.
struct ServerShared {
  ServerShared(async::Timers& timers, ServerOptions server_options, Handler request_handler, RequestEnded request_ended)
      : clock(timers.clock()),
        options(std::move(server_options)),
        handler(std::move(request_handler)),
        ended(std::move(request_ended)),
        deadlines(timers) {}

  /// The Date field's value, made once a second.
  std::string_view Date();
  /// Makes room for another connection, if one waits between requests. Notifies `changed` when it is gone.
  void StopLongestIdle();

  const Clock& clock;
  const ServerOptions options;
  const Handler handler;
  const RequestEnded ended;  ///< May be empty.
  Deadlines deadlines;
  std::unordered_set<ServerConnection*> connections;
  async::Signal changed;  // a connection has ended or fallen idle, or waiting for that is over
  bool draining = false;

 private:
  std::string date_;
  std::chrono::sys_seconds date_second_{};
};

/// One client's connection: reads a request, has it answered, and so on until either side is done.
class ServerConnection final : private BodyReader, private Deadline::Listener {
 public:
  /// Counts among `shared.connections` as long as it lives.
  ServerConnection(ServerShared& shared, Accepted accepted);
  ~ServerConnection();
  ServerConnection(const ServerConnection&) = delete;
  ServerConnection& operator=(const ServerConnection&) = delete;

  async::Task<void> Run();
  /// Ends it soon, whatever it does.
  void Stop();
  /// Waits for a request of which no byte has come.
  bool idle() const { return idle_; }
  /// Has been told to end.
  bool stopped() const { return stopped_; }
  /// Is idle, and has had a request answered.
  bool kept_alive() const { return idle_ && answered_; }
  MonoTime idle_from() const { return idle_from_; }

 private:
  enum class HeadEnd { ready, gone, refused };

  void BeginRecord();
  void EndRecord(int status, bool sent) const;
  async::Task<bool> AgreeOnKeys();
  async::Task<HeadEnd> ReadHead();
  bool RequestHasBegun();
  async::Task<bool> WaitForFirstByte();
  HeadEnd BeginRequest(std::string_view head);
  HeadEnd Refuse(int status, std::string_view detail);
  HeadEnd RefuseHead(HeadScanner::State state);
  async::Task<bool> Receive();

  async::Task<Result<std::string_view>> Next() override;
  async::Task<Result<void>> ReceiveBody();
  void Charge(Duration waited, std::size_t came);
  bool BodyIsShortEnoughToSkip() const;
  async::Task<bool> SkipBody();

  async::Task<bool> Answer(ServerAnswer& answer);
  Framing ChooseFraming(const ServerAnswer& answer) const;
  async::Task<bool> SendMore(ServerAnswer& answer, Framing framing);
  async::Task<bool> SendSlowly(std::string_view bytes);
  async::Task<void> Linger();

  void DeadlinePassed() override;

  ServerShared& shared_;
  const std::unique_ptr<Stream> stream_;
  const Endpoint peer_;
  Deadline deadline_;
  ReadBuffer input_;
  std::string output_;
  RequestParser parser_;
  ServerRequest request_;
  ServerAnswer refusal_;
  // For the request's record.
  MonoTime began_{};
  std::uint64_t received_ = 0;
  std::uint64_t sent_before_ = 0;
  std::optional<Error> broken_;  // why the body cannot be read on
  Duration body_patience_{};     // how much longer the body may be waited for
  bool http10_ = false;
  bool keep_alive_ = false;
  bool owes_continue_ = false;  // the client waits for "100 Continue" before it sends the body
  bool timed_out_ = false;
  bool stopped_ = false;
  bool idle_ = true;
  bool answered_ = false;  // a request at least
  MonoTime idle_from_{};
};

}  // namespace rowcall::net

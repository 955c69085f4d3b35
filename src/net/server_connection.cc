#include "net/server_connection.h"

#include <algorithm>
#include <charconv>

#include "base/crypto.h"
#include "base/log.h"
#include "base/text.h"
#include "net/tls_stream.h"
#include "net/url.h"

namespace rowcall::net {

namespace {

constexpr std::size_t kSkippableBody = 256 * 1024;
constexpr std::size_t kCopiedBody = 16 * 1024;  // up to here, head and body go out in one write
constexpr std::size_t kSlice = 64 * 1024;       // what must go out within one body_timeout
constexpr std::size_t kRequestIdBytes = 12;
constexpr std::size_t kLongestRequestId = 64;

bool MayStandInRequestId(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_.:=+/").contains(c);
}

bool IsRequestId(std::string_view id) {
  return !id.empty() && id.size() <= kLongestRequestId && std::ranges::all_of(id, MayStandInRequestId);
}

void AppendChunk(std::string& out, std::string_view bytes) {
  char size[20];
  const auto end = std::to_chars(size, size + sizeof size, bytes.size(), 16).ptr;
  out.append(size, end).append("\r\n").append(bytes).append("\r\n");
}

/// Path and query of a target, which is "/path?query", "*" or a whole address of `host`, whose path may be empty; nullopt
/// if it is none of these.
std::optional<std::string_view> Origin(std::string_view target, std::string_view host) {
  if (target.starts_with('/') || target == "*") return target;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!EqualsIgnoringAsciiCase(target.substr(0, scheme.size()), scheme)) continue;
    const std::string_view rest = target.substr(scheme.size());
    const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
    if (host.empty() || !EqualsIgnoringAsciiCase(rest.substr(0, end), host)) return std::nullopt;
    return rest.substr(end);
  }
  return std::nullopt;
}

std::unique_ptr<Stream> Secured(const TlsContext* tls, std::unique_ptr<TcpStream> tcp) {
  if (tls == nullptr) return tcp;
  return TlsStream::AsServer(*tls, std::move(tcp));
}

}  // namespace

std::string_view ServerShared::Date() {
  const WallTime now = clock.Now();
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  if (second != date_second_ || date_.empty()) {
    date_ = HttpDate(now);
    date_second_ = second;
  }
  return date_;
}

void ServerShared::StopLongestIdle() {
  ServerConnection* longest = nullptr;
  for (ServerConnection* connection : connections) {
    if (connection->stopped()) return;  // it makes room in a moment
    if (!connection->kept_alive()) continue;
    if (longest == nullptr || connection->idle_from() < longest->idle_from()) longest = connection;
  }
  if (longest != nullptr) longest->Stop();
}

ServerConnection::ServerConnection(ServerShared& shared, Accepted accepted)
    : shared_(shared),
      stream_(Secured(shared.options.tls, std::move(accepted.stream))),
      peer_(accepted.peer),
      deadline_(shared.deadlines, *this),
      parser_(shared.options.max_body_bytes) {
  shared_.connections.insert(this);
}

ServerConnection::~ServerConnection() { shared_.connections.erase(this); }

void ServerConnection::Stop() {
  stopped_ = true;
  stream_->Interrupt();
}

void ServerConnection::DeadlinePassed() {
  timed_out_ = true;
  stream_->Interrupt();
}

async::Task<void> ServerConnection::Run() {
  if (!co_await AgreeOnKeys()) co_return;
  for (;;) {
    const HeadEnd end = co_await ReadHead();
    if (end == HeadEnd::gone) co_return co_await stream_->ShutdownSending();
    ServerAnswer answer;
    if (end == HeadEnd::ready) {
      answer = co_await shared_.handler(request_);
    } else {
      answer = std::move(refusal_);
    }
    if (answer.reset) {
      stream_->Abort();
      EndRecord(0, false);
      co_return;
    }
    const bool sent = co_await Answer(answer);
    EndRecord(answer.status, sent);
    if (!sent) co_return;
    answered_ = true;
    if (!keep_alive_ || !co_await SkipBody()) break;
  }
  co_await Linger();
}

void ServerConnection::BeginRecord() {
  request_ = ServerRequest();
  request_.id = Hex(RandomBytes(kRequestIdBytes));
  request_.body = this;
  began_ = shared_.clock.MonotonicNow();
  sent_before_ = stream_->bytes_sent();
}

void ServerConnection::EndRecord(int status, bool sent) const {
  if (!shared_.ended) return;
  shared_.ended({.id = request_.id,
                 .method = request_.method,
                 .path = request_.path,
                 .route = request_.route,
                 .tenant = request_.tenant,
                 .instance = request_.instance,
                 .peer = peer_,
                 .status = status,
                 .sent = sent,
                 .bytes_in = received_,
                 .bytes_out = stream_->bytes_sent() - sent_before_,
                 .took = shared_.clock.MonotonicNow() - began_});
}

async::Task<bool> ServerConnection::AgreeOnKeys() {
  deadline_.SetIn(shared_.options.handshake_timeout);
  const Result<void> agreed = co_await stream_->Handshake();
  deadline_.Clear();
  if (!agreed) Log(LogLevel::debug, "handshake_failed", {{"error", agreed.error().message}});
  co_return agreed.has_value();
}

// Reads what has come into input_. False at the end, on an error and past the deadline.
async::Task<bool> ServerConnection::Receive() {
  const std::span<char> room = input_.Room();
  const Result<std::size_t> count = co_await stream_->ReadSome(room);
  if (!count || *count == 0) co_return false;
  input_.Add(*count);
  co_return true;
}

bool ServerConnection::RequestHasBegun() {
  while (input_.view().starts_with("\r\n")) input_.Consume(2);  // some clients end a body with one too many
  return !input_.empty() && input_.view() != "\r";
}

async::Task<bool> ServerConnection::WaitForFirstByte() {
  if (RequestHasBegun()) co_return true;
  if (shared_.draining) co_return false;
  input_.Shrink();
  idle_ = true;
  idle_from_ = shared_.clock.MonotonicNow();
  shared_.changed.NotifyAll();
  deadline_.SetIn(answered_ ? shared_.options.idle_timeout : shared_.options.header_timeout);
  bool came = true;
  while (came && !RequestHasBegun()) came = co_await Receive();
  idle_ = false;
  co_return came;
}

async::Task<ServerConnection::HeadEnd> ServerConnection::ReadHead() {
  if (!co_await WaitForFirstByte()) co_return HeadEnd::gone;
  BeginRecord();
  deadline_.SetIn(shared_.options.header_timeout);
  const ServerOptions& options = shared_.options;
  HeadScanner scanner({.total = std::min(options.max_header_bytes, ReadBuffer::kLargest - 1),
                       .target = options.max_target_bytes,
                       .line = options.max_header_line,
                       .fields = options.max_header_fields});
  for (;;) {
    const HeadScanner::State state = scanner.Scan(input_.view());
    received_ = input_.view().size();
    if (state == HeadScanner::State::complete) break;
    if (state != HeadScanner::State::need_more) co_return RefuseHead(state);
    if (co_await Receive()) continue;
    if (stopped_ || !timed_out_) co_return HeadEnd::gone;
    co_return Refuse(408, "the request's header did not come in time");
  }
  deadline_.Clear();
  received_ = scanner.size();
  const HeadEnd end = BeginRequest(input_.view().substr(0, scanner.size()));
  input_.Consume(scanner.size());
  co_return end;
}

ServerConnection::HeadEnd ServerConnection::BeginRequest(std::string_view bytes) {
  Result<RequestHead> head = parser_.Head(bytes);
  if (!head) return Refuse(head.error().kind == ErrorKind::too_large ? 413 : 400, head.error().message);
  request_.method = std::move(head->method);
  request_.target = std::move(head->target);
  request_.headers = std::move(head->headers);
  const std::string_view given = request_.headers.Find("X-Request-Id").value_or("");
  if (IsRequestId(given)) request_.id = given;
  http10_ = head->http10;
  keep_alive_ = head->keep_alive && !shared_.draining;
  owes_continue_ = head->expects_continue && !parser_.done();
  broken_.reset();
  body_patience_ = shared_.options.body_grace;
  if (request_.target.size() > shared_.options.max_target_bytes) return RefuseHead(HeadScanner::State::target_too_long);
  const std::optional<std::string_view> origin = Origin(request_.target, request_.headers.Find("Host").value_or(""));
  if (!origin) return Refuse(400, "the request's target is not a path, nor an address of its Host");
  const std::size_t mark = std::min(origin->find('?'), origin->size());
  Result<std::string> path = PercentDecode(origin->substr(0, mark), false);
  if (!path) return Refuse(400, "the request's target is not a path");
  request_.path = path->empty() ? "/" : *std::move(path);
  request_.query = origin->substr(std::min(mark + 1, origin->size()));
  return HeadEnd::ready;
}

ServerConnection::HeadEnd ServerConnection::Refuse(int status, std::string_view detail) {
  refusal_ = Problem(status, detail, request_.id);
  request_.method.clear();
  keep_alive_ = false;
  return HeadEnd::refused;
}

ServerConnection::HeadEnd ServerConnection::RefuseHead(HeadScanner::State state) {
  if (state == HeadScanner::State::target_too_long) return Refuse(414, "the request's target is too long");
  if (state == HeadScanner::State::header_too_large) return Refuse(431, "the request's header is too large");
  return Refuse(400, "the request's header is malformed: a line is folded or does not end in CR LF");
}

async::Task<Result<std::string_view>> ServerConnection::Next() {
  for (;;) {
    if (broken_) co_return std::unexpected(*broken_);
    if (parser_.done()) co_return std::string_view();
    std::size_t used = 0;
    if (!input_.empty()) {
      const Result<RequestParser::Piece> piece = parser_.Body(input_.view());
      if (!piece) {
        broken_ = piece.error();
        continue;
      }
      used = piece->used;
      received_ += used;
      input_.Consume(used);
      if (!piece->body.empty()) co_return piece->body;
    }
    if (used > 0 || parser_.done()) continue;
    const Result<void> received = co_await ReceiveBody();
    if (!received) broken_ = received.error();
  }
}

async::Task<Result<void>> ServerConnection::ReceiveBody() {
  const MonoTime from = shared_.clock.MonotonicNow();
  deadline_.SetIn(std::min(shared_.options.body_timeout, body_patience_));
  if (std::exchange(owes_continue_, false)) {
    CO_RETURN_IF_ERROR(co_await stream_->WriteAll("HTTP/1.1 100 Continue\r\n\r\n"));
  }
  const std::size_t before = input_.view().size();
  const bool came = co_await Receive();
  deadline_.Clear();
  Charge(shared_.clock.MonotonicNow() - from, input_.view().size() - before);
  if (came) co_return Result<void>();
  if (timed_out_) {
    co_return Fail(ErrorKind::timeout, "the request's body came too slowly",
                   "Send at least " + std::to_string(shared_.options.min_body_rate) + " bytes a second.");
  }
  co_return Fail(ErrorKind::unavailable, "the client closed the connection before the request's body was complete");
}

// Waiting uses patience up, and each byte gives back what it may take, but never more than the grace: whoever was fast
// gains no right to stand still.
void ServerConnection::Charge(Duration waited, std::size_t came) {
  const auto rate = static_cast<Duration::rep>(shared_.options.min_body_rate);
  const Duration earned = Duration(std::chrono::seconds(1)) * static_cast<Duration::rep>(came) / rate;
  body_patience_ = std::min(shared_.options.body_grace, body_patience_ - waited + earned);
}

bool ServerConnection::BodyIsShortEnoughToSkip() const {
  return !broken_ && !owes_continue_ && parser_.remaining().value_or(0) <= kSkippableBody;
}

async::Task<bool> ServerConnection::SkipBody() {
  std::size_t skipped = 0;
  while (!parser_.done()) {
    const Result<std::string_view> piece = co_await Next();
    if (!piece || (skipped += piece->size()) > kSkippableBody) co_return false;
  }
  co_return true;
}

Framing ServerConnection::ChooseFraming(const ServerAnswer& answer) const {
  if (answer.status == 204 || answer.status == 304) return Framing::none;
  if (!answer.more) return Framing::counted;
  return http10_ ? Framing::until_close : Framing::chunked;
}

// False if the connection is of no use any more.
async::Task<bool> ServerConnection::Answer(ServerAnswer& answer) {
  if (timed_out_ && !stopped_) stream_->Continue();
  timed_out_ = false;
  const Framing framing = ChooseFraming(answer);
  if (framing == Framing::until_close || shared_.draining) keep_alive_ = false;
  if (keep_alive_) keep_alive_ = parser_.done() || BodyIsShortEnoughToSkip();
  const std::string_view connection = !keep_alive_ ? "close" : http10_ ? "keep-alive" : "";
  output_.clear();
  AppendAnswerHead(output_, answer, {shared_.Date(), framing, answer.body.size(), connection});
  if (framing == Framing::none || request_.method == "HEAD") co_return co_await SendSlowly(output_);
  if (answer.more) co_return co_await SendMore(answer, framing);
  if (answer.body.size() <= kCopiedBody) {
    output_ += answer.body;
    co_return co_await SendSlowly(output_);
  }
  const bool sent = co_await SendSlowly(output_);
  if (!sent) co_return false;
  co_return co_await SendSlowly(answer.body);
}

async::Task<bool> ServerConnection::SendMore(ServerAnswer& answer, Framing framing) {
  std::string piece = std::move(answer.body);
  bool first = true;
  while (!piece.empty() || first) {
    if (framing == Framing::until_close) {
      output_ += piece;
    } else if (!piece.empty()) {
      AppendChunk(output_, piece);
    }
    const bool sent = co_await SendSlowly(output_);
    if (!sent) co_return false;
    output_.clear();
    first = false;
    if (answer.open_ended && shared_.draining) break;
    Result<std::string> next = co_await answer.more();
    if (!next) {
      stream_->Abort();
      co_return false;
    }
    piece = *std::move(next);
  }
  if (framing == Framing::until_close) co_return true;
  co_return co_await SendSlowly("0\r\n\r\n");
}

// Sends with a deadline for each slice, so that a long body may take long, but not stand still.
async::Task<bool> ServerConnection::SendSlowly(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view slice = bytes.substr(0, kSlice);
    deadline_.SetIn(shared_.options.body_timeout);
    const Result<void> sent = co_await stream_->WriteAll(slice);
    deadline_.Clear();
    if (!sent) co_return false;
    bytes.remove_prefix(slice.size());
  }
  co_return true;
}

// A socket closed with unread bytes resets the connection, and the answer may be lost on its way. So: say that this was
// all, then read a while until the client has closed too.
async::Task<void> ServerConnection::Linger() {
  deadline_.SetIn(shared_.options.linger);
  co_await stream_->ShutdownSending();
  for (bool came = true; came;) {
    input_.Consume(input_.view().size());
    came = co_await Receive();
  }
}

}  // namespace rowcall::net

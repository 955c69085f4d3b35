#include "net/client_connection.h"

#include <algorithm>
#include <array>

#include "base/failpoint.h"
#include "base/find_byte.h"
#include "base/text.h"

namespace rowcall::net {

namespace {

constexpr std::size_t kCopiedBody = 16 * 1024;

/// For each byte whether it may stand in a token (RFC 9110 §5.6.2).
constexpr auto kTokenBytes = [] {
  std::array<bool, 256> table{};
  for (const char c :
       std::string_view("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&'*+-.^_`|~")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

bool IsToken(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return kTokenBytes[static_cast<unsigned char>(c)]; });
}

bool IsFieldValue(std::string_view text) {
  const std::size_t wrong = FindByte(text, [](auto c) { return (c < +' ' && c != +'\t') || c == 0x7f; });
  return wrong == std::string_view::npos;
}

bool IsClientsOwn(std::string_view name) {
  return EqualsIgnoringAsciiCase(name, "Host") || EqualsIgnoringAsciiCase(name, "Content-Length") ||
         EqualsIgnoringAsciiCase(name, "Connection") || EqualsIgnoringAsciiCase(name, "Transfer-Encoding");
}

std::uint64_t BodySize(const HttpRequest& request) {
  return request.body.size() + (request.more ? request.more_bytes : 0);
}

bool NeedsLength(const HttpRequest& request) {
  return BodySize(request) > 0 || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
}

}  // namespace

Result<void> CheckRequest(const HttpRequest& request) {
  if (!IsToken(request.method)) return Fail(ErrorKind::invalid, "the request's method is not a word");
  const std::string_view target = request.url.target;
  const std::size_t wrong = FindByte(target, [](auto c) { return c <= +' ' || c >= 0x7f || c == +'\\' || c == +'#'; });
  if (!target.starts_with('/') || wrong != std::string_view::npos) {
    return Fail(ErrorKind::invalid, "the request's path has a character that may not stand in it");
  }
  return {};
}

Result<std::string> CheckedFields(const Headers& headers) {
  std::string fields;
  for (const auto& [name, value] : headers.all()) {
    if (!IsToken(name) || !IsFieldValue(value)) {
      return Fail(ErrorKind::invalid, "a header field of the request has a character that may not stand in it",
                  "Remove line breaks and control characters from the configured headers and credentials.");
    }
    if (!IsClientsOwn(name)) fields.append(name).append(": ").append(value).append("\r\n");
  }
  return fields;
}

bool AppendRequest(std::string& out, const HttpRequest& request, std::string_view fields) {
  out.append(request.method).append(" ").append(request.url.target).append(" HTTP/1.1\r\nHost: ");
  out.append(request.url.HostHeader()).append("\r\n").append(fields);
  if (NeedsLength(request)) out.append("Content-Length: ").append(std::to_string(BodySize(request))).append("\r\n");
  out.append("\r\n");
  const bool is_short = request.body.size() <= kCopiedBody;
  if (is_short) out.append(request.body);
  return is_short;
}

ClientConnection::ClientConnection(Deadlines& deadlines, IdleKeeper& keeper, std::string kept_under,
                                   std::unique_ptr<Stream> stream)
    : keeper_(keeper), kept_under_(std::move(kept_under)), stream_(std::move(stream)), deadline_(deadlines, *this) {}

void ClientConnection::Rest(MonoTime until) {
  resting_ = true;
  input_.Shrink();
  deadline_.Set(until);
}

void ClientConnection::DeadlinePassed() {
  if (resting_) {
    keeper_.Forget(*this);
  } else {
    stream_->Interrupt();
  }
}

async::Task<Exchange> ClientConnection::Talk(const HttpRequest& request, std::string_view fields, MonoTime deadline) {
  resting_ = reusable_ = false;
  deadline_.Set(deadline);
  const std::uint64_t before = stream_->bytes_sent();
  Exchange exchange;
  output_.clear();
  const bool has_body = AppendRequest(output_, request, fields);
  // Requests whose turn comes in the same round of the loop go out one behind the other: each wakes the peer if it sleeps,
  // and to be woken for a few at once costs both sides less.
  co_await async::NextRound();
  Result<void> result = co_await stream_->WriteAll(output_);
  if (result && !has_body) result = co_await stream_->WriteAll(request.body);
  if (result && request.more) result = co_await SendMore(request);
  const bool sent_whole = result.has_value();
  if (stream_->bytes_sent() > before) {
    exchange.delivery = Delivery::maybe_sent;
    Failpoint("request.written");
    // A peer may answer and close before it has taken the whole request: its answer counts, if it is there.
    parser_.Begin(request.method, request.max_answer_bytes, request.take ? &request.take : nullptr);
    const Result<void> read = co_await ReadAnswer();
    if (sent_whole || read) result = read;
  }
  deadline_.Clear();
  if (result) {
    reusable_ = sent_whole && parser_.keep_alive() && input_.empty();
    exchange.delivery = Delivery::answered;
    exchange.answer = parser_.Take();
  } else {
    exchange.error = std::move(result).error();
  }
  co_return exchange;
}

async::Task<Result<void>> ClientConnection::SendMore(const HttpRequest& request) {
  for (std::uint64_t left = request.more_bytes; left > 0;) {
    Result<std::string_view> piece = co_await request.more();
    if (piece && (piece->empty() || piece->size() > left)) {
      piece = Fail(ErrorKind::invalid, "the request's body is not as long as was said");
    }
    if (!piece) {
      stream_->Abort();  // the peer waits for the rest: no answer will come
      co_return Failed(std::move(piece));
    }
    CO_RETURN_IF_ERROR(co_await stream_->WriteAll(*piece));
    left -= piece->size();
  }
  co_return Result<void>();
}

async::Task<Result<void>> ClientConnection::ReadAnswer() {
  while (!parser_.done()) {
    const std::span<char> room = input_.Room();
    ASSIGN_OR_CO_RETURN(const std::size_t count, co_await stream_->ReadSome(room));
    if (count == 0) co_return parser_.End();
    input_.Add(count);
    ASSIGN_OR_CO_RETURN(const std::size_t used, parser_.Feed(input_.view()));
    input_.Consume(used);
    if (input_.full() && !parser_.done()) {
      co_return Fail(ErrorKind::unavailable, "the answer is not HTTP: a line of it has no end");
    }
  }
  co_return Result<void>();
}

}  // namespace rowcall::net

#include "net/pooled_http_client.h"

#include <unordered_map>
#include <vector>

#include "net/client_connection.h"
#include "net/tls_stream.h"

namespace rowcall::net {

struct PooledHttpClient::State final : IdleKeeper {
  State(async::Loop& on, async::Timers& with, Resolver& names, const EgressGuard& egress,
        HttpClientOptions client_options)
      : loop(on), timers(with), resolver(names), guard(egress), options(std::move(client_options)), deadlines(with) {}

  MonoTime Now() const { return timers.clock().MonotonicNow(); }

  /// The request's header fields, checked, as they go out; until the next call. The same go out again and again.
  Result<std::string_view> FieldsOf(const Headers& headers);

  std::unique_ptr<ClientConnection> TakeIdle(const HttpRequest& request);
  /// For the next request, if it can carry one.
  void Keep(std::unique_ptr<ClientConnection> connection);
  void Forget(ClientConnection& connection) override;

  async::Task<Result<std::unique_ptr<ClientConnection>>> Dial(const HttpRequest& request, MonoTime deadline);
  async::Task<Result<std::unique_ptr<Stream>>> Open(const Url& url, const Endpoint& target, MonoTime deadline);
  Result<const TlsContext*> Tls();

  async::Loop& loop;
  async::Timers& timers;
  Resolver& resolver;
  const EgressGuard& guard;
  const HttpClientOptions options;
  Deadlines deadlines;
  std::optional<Result<TlsContext>> tls;  // made when first needed: to load the system's authorities takes a while
  std::unordered_map<std::string, std::vector<std::unique_ptr<ClientConnection>>> idle;  // by what WritePoolKey writes
  std::string key;  // its memory is used again for each request
  Headers last_headers;  // that FieldsOf was asked for, and
  std::string last_fields;  // what it gave
};

namespace {

/// Interrupts a stream that is still being opened.
class OpeningDeadline final : private Deadline::Listener {
 public:
  OpeningDeadline(Deadlines& deadlines, TcpStream& stream, MonoTime at) : stream_(stream), deadline_(deadlines, *this) {
    deadline_.Set(at);
  }

 private:
  void DeadlinePassed() override { stream_.Interrupt(); }
  TcpStream& stream_;
  Deadline deadline_;
};

Error CannotConnect(const Url& url, const Error& why) {
  return {why.kind, "cannot connect to " + url.host + ": " + why.message, why.hint};
}

// A connection opened without a rule must not carry a request that stands under it.
void WritePoolKey(const HttpRequest& request, std::string& key) {
  key.assign(request.url.scheme).append("://").append(request.url.host).append(" ");
  key.append({static_cast<char>(request.url.port >> 8), static_cast<char>(request.url.port & 0xff)});
  if (request.only_allowed_by_hand) key.append(" only allowed by hand");
}

Exchange NotSent(Error error) {
  Exchange exchange;
  exchange.error = std::move(error);
  return exchange;
}

}  // namespace

PooledHttpClient::PooledHttpClient(async::Loop& loop, async::Timers& timers, Resolver& resolver,
                                   const EgressGuard& guard, HttpClientOptions options)
    : state_(std::make_unique<State>(loop, timers, resolver, guard, std::move(options))) {}

PooledHttpClient::~PooledHttpClient() = default;

async::Task<Exchange> PooledHttpClient::Send(const HttpRequest& request) {
  State& state = *state_;
  if (Result<void> fit = CheckRequest(request); !fit) co_return NotSent(std::move(fit).error());
  if (const auto fields = state.FieldsOf(request.headers); !fields) co_return NotSent(fields.error());
  const MonoTime deadline = state.Now() + request.deadline;
  std::unique_ptr<ClientConnection> connection = state.TakeIdle(request);
  while (connection != nullptr) {
    Exchange exchange = co_await connection->Talk(request, *state.FieldsOf(request.headers), deadline);
    state.Keep(std::move(connection));
    if (exchange.delivery != Delivery::not_sent || exchange.error.kind == ErrorKind::timeout) co_return exchange;
    connection = state.TakeIdle(request);
  }
  Result<std::unique_ptr<ClientConnection>> dialled = co_await state.Dial(request, deadline);
  if (!dialled) co_return NotSent(std::move(dialled).error());
  connection = *std::move(dialled);
  const MonoTime connected_at = state.Now();
  Exchange exchange = co_await connection->Talk(request, *state.FieldsOf(request.headers), deadline);
  exchange.connected_at = connected_at;
  state.Keep(std::move(connection));
  co_return exchange;
}

Result<std::string_view> PooledHttpClient::State::FieldsOf(const Headers& headers) {
  if (!headers.IsCopyOf(last_headers)) {
    ASSIGN_OR_RETURN(last_fields, CheckedFields(headers));
    last_headers = headers;
  }
  return last_fields;
}

std::unique_ptr<ClientConnection> PooledHttpClient::State::TakeIdle(const HttpRequest& request) {
  WritePoolKey(request, key);
  const auto found = idle.find(key);
  if (found == idle.end()) return nullptr;
  std::unique_ptr<ClientConnection> taken;
  while (taken == nullptr && !found->second.empty()) {
    taken = std::move(found->second.back());
    found->second.pop_back();
    if (!taken->IsQuiet()) taken.reset();
  }
  // Where one was taken, it comes back and needs its place again.
  if (taken == nullptr) idle.erase(found);
  return taken;
}

void PooledHttpClient::State::Keep(std::unique_ptr<ClientConnection> connection) {
  auto& kept = idle[connection->kept_under()];
  if (connection->reusable() && kept.size() < options.max_idle_per_origin) {
    connection->Rest(Now() + options.idle_timeout);
    kept.push_back(std::move(connection));
  } else if (kept.empty()) {
    idle.erase(connection->kept_under());
  }
}

void PooledHttpClient::State::Forget(ClientConnection& connection) {
  const auto found = idle.find(connection.kept_under());
  std::erase_if(found->second, [&connection](const auto& kept) { return kept.get() == &connection; });
  if (found->second.empty()) idle.erase(found);
}

async::Task<Result<std::unique_ptr<ClientConnection>>> PooledHttpClient::State::Dial(const HttpRequest& request,
                                                                                     MonoTime deadline) {
  const Url& url = request.url;
  std::string host = url.host;
  ASSIGN_OR_CO_RETURN(std::vector<IpBytes> addresses, co_await resolver.Resolve(std::move(host), deadline));
  const EgressUse use{.plain = url.scheme != "https", .only_allowed_by_hand = request.only_allowed_by_hand};
  Error last;
  std::erase_if(addresses, [&](const IpBytes& address) {
    Result<void> allowed = guard.Check({address, url.port}, use);
    if (!allowed) last = std::move(allowed).error();
    return !allowed;
  });
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const Endpoint target{addresses[i], url.port};
    // Each address gets its share of the time, so that a silent first one does not use it all.
    const auto share = (deadline - Now()) / static_cast<long>(addresses.size() - i);
    Result<std::unique_ptr<Stream>> stream = co_await Open(url, target, Now() + share);
    if (stream) {
      WritePoolKey(request, key);
      co_return std::make_unique<ClientConnection>(deadlines, *this, key, *std::move(stream));
    }
    last = std::move(stream).error();
  }
  co_return std::unexpected(std::move(last));
}

Result<const TlsContext*> PooledHttpClient::State::Tls() {
  if (!tls) tls = TlsContext::ForClient(options.ca_file);
  if (!*tls) return std::unexpected(tls->error());
  return &**tls;
}

async::Task<Result<std::unique_ptr<Stream>>> PooledHttpClient::State::Open(const Url& url, const Endpoint& target,
                                                                           MonoTime deadline) {
  auto tcp = std::make_unique<TcpStream>(loop);
  const OpeningDeadline opening(deadlines, *tcp, deadline);
  const Result<void> connected = co_await tcp->Connect(target);
  if (!connected) co_return std::unexpected(CannotConnect(url, connected.error()));
  std::unique_ptr<Stream> stream;
  if (url.scheme == "https") {
    ASSIGN_OR_CO_RETURN(const TlsContext* const context, Tls());
    Result<std::unique_ptr<TlsStream>> secured = TlsStream::AsClient(*context, std::move(tcp), url.host);
    if (!secured) co_return std::unexpected(CannotConnect(url, secured.error()));
    stream = *std::move(secured);
    const Result<void> agreed = co_await stream->Handshake();
    if (!agreed) co_return std::unexpected(CannotConnect(url, agreed.error()));
  } else {
    stream = std::move(tcp);
  }
  co_return stream;
}

}  // namespace rowcall::net

#include "net/stream.h"

#include <sys/socket.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>

#include <cerrno>

namespace rowcall::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

tcp::endpoint ToAsio(const Endpoint& endpoint) {
  const asio::ip::address_v6 address(endpoint.address);
  if (!IsIpv4(endpoint.address)) return {address, endpoint.port};
  return {asio::ip::make_address_v4(asio::ip::v4_mapped, address), endpoint.port};
}

Endpoint FromAsio(const tcp::endpoint& endpoint) {
  const asio::ip::address address = endpoint.address();
  const asio::ip::address_v6 wide =
      address.is_v6() ? address.to_v6() : asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4());
  return {wide.to_bytes(), endpoint.port()};
}

std::unexpected<Error> Interrupted() { return Fail(ErrorKind::timeout, "the deadline passed"); }

std::unexpected<Error> Broken(const error_code& error) {
  if (error == asio::error::operation_aborted) return Interrupted();
  return Fail(ErrorKind::unavailable, error.message());
}

}  // namespace

struct TcpStream::Socket {
  explicit Socket(async::Loop& loop) : socket(loop.context().get_executor()) {}

  void SendAtOnce() {
    error_code ignored;  // fails only on a connection that is gone already, which the first read will tell
    socket.set_option(tcp::no_delay(true), ignored);
  }

  asio::basic_stream_socket<tcp, async::Executor> socket;
};

TcpStream::TcpStream(async::Loop& loop) : socket_(std::make_unique<Socket>(loop)) {}

TcpStream::TcpStream(std::unique_ptr<Socket> connected) : socket_(std::move(connected)) {}

TcpStream::~TcpStream() = default;

async::Task<Result<void>> TcpStream::Connect(const Endpoint& target) {
  if (interrupted_) co_return Interrupted();
  error_code error;
  const tcp::endpoint to = ToAsio(target);
  socket_->socket.open(to.protocol(), error);
  if (error) co_return Broken(error);
  co_await socket_->socket.async_connect(to, asio::redirect_error(async::use_task, error));
  if (interrupted_) co_return Interrupted();
  if (error) co_return Broken(error);
  socket_->SendAtOnce();
  co_return Result<void>();
}

async::Task<Result<std::size_t>> TcpStream::ReadSome(std::span<char> into) {
  if (interrupted_) co_return Interrupted();
  error_code error;
  const std::size_t count = co_await socket_->socket.async_read_some(asio::buffer(into.data(), into.size()),
                                                                     asio::redirect_error(async::use_task, error));
  if (error == asio::error::eof) co_return std::size_t{0};
  if (error) co_return Broken(error);
  co_return count;
}

async::Task<Result<void>> TcpStream::WriteAll(std::string_view bytes) {
  while (!bytes.empty()) {
    if (interrupted_) co_return Interrupted();
    const ssize_t count = TrySend(bytes);
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      CO_RETURN_IF_ERROR(co_await WaitWritable());
    } else if (errno != EINTR) {
      co_return Broken(error_code(errno, boost::system::system_category()));
    }
  }
  co_return Result<void>();
}

void TcpStream::Interrupt() {
  interrupted_ = true;
  error_code ignored;  // a socket that is closed has nothing that waits
  socket_->socket.cancel(ignored);
}

async::Task<void> TcpStream::ShutdownSending() {
  error_code ignored;  // fails only if the peer is gone already
  socket_->socket.shutdown(tcp::socket::shutdown_send, ignored);
  co_return;
}

void TcpStream::Abort() {
  error_code ignored;  // the aim is to be rid of it
  socket_->socket.set_option(tcp::socket::linger(true, 0), ignored);
  socket_->socket.close(ignored);
}

bool TcpStream::IsQuiet() {
  char byte = 0;
  return ::recv(socket_->socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

ssize_t TcpStream::TrySend(std::string_view bytes) {
  const ssize_t count =
      ::send(socket_->socket.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count > 0) bytes_sent_ += static_cast<std::uint64_t>(count);
  return count;
}

async::Task<Result<void>> TcpStream::WaitWritable() {
  if (interrupted_) co_return Interrupted();
  error_code error;
  co_await socket_->socket.async_wait(tcp::socket::wait_write, asio::redirect_error(async::use_task, error));
  if (error) co_return Broken(error);
  co_return Result<void>();
}

struct Listener::Acceptor {
  explicit Acceptor(async::Loop& on) : loop(on), acceptor(on.context().get_executor()) {}

  error_code Open(const tcp::endpoint& at) {
    error_code error;
    acceptor.open(at.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error && at.protocol() == tcp::v6()) acceptor.set_option(asio::ip::v6_only(false), error);
    if (!error) acceptor.bind(at, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    return error;
  }

  async::Loop& loop;
  asio::basic_socket_acceptor<tcp, async::Executor> acceptor;
};

Result<std::unique_ptr<Listener>> Listener::Open(async::Loop& loop, const Endpoint& at) {
  auto acceptor = std::make_unique<Acceptor>(loop);
  if (const error_code error = acceptor->Open(ToAsio(at))) {
    return Fail(ErrorKind::unavailable, "cannot listen at " + Text(at) + ": " + error.message(),
                "Choose another address or port, or stop the program that has it.");
  }
  const Endpoint local = FromAsio(acceptor->acceptor.local_endpoint());
  return std::unique_ptr<Listener>(new Listener(std::move(acceptor), local));
}

Listener::Listener(std::unique_ptr<Acceptor> acceptor, const Endpoint& local)
    : acceptor_(std::move(acceptor)), local_(local) {}

Listener::~Listener() = default;

async::Task<Result<Accepted>> Listener::Accept() {
  auto socket = std::make_unique<TcpStream::Socket>(acceptor_->loop);
  tcp::endpoint peer;
  error_code error;
  co_await acceptor_->acceptor.async_accept(socket->socket, peer, asio::redirect_error(async::use_task, error));
  if (error) co_return Broken(error);
  socket->SendAtOnce();
  Accepted accepted{std::make_unique<TcpStream>(std::move(socket)), FromAsio(peer)};
  co_return accepted;
}

void Listener::Close() {
  error_code ignored;  // nothing to do about a failed close
  acceptor_->acceptor.close(ignored);
}

}  // namespace rowcall::net

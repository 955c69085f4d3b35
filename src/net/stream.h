#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "async/loop.h"
#include "async/task.h"
#include "base/result.h"
#include "net/endpoint.h"

namespace rowcall::net {

/// Bytes to and from one peer. Used on one loop's thread, by one task at a time. The destructor closes.
class Stream {
 public:
  virtual ~Stream() = default;

  /// Agrees with the peer on what must stand before the first byte: in TLS, the keys. At once where there is nothing to
  /// agree on. Fails as ReadSome.
  virtual async::Task<Result<void>> Handshake() = 0;
  /// Waits for at least one byte and returns how many came; 0 when the peer has ended its side in good order. Fails
  /// with `timeout` if interrupted, else `unavailable`.
  virtual async::Task<Result<std::size_t>> ReadSome(std::span<char> into) = 0;
  /// Returns when the kernel has taken all bytes. Fails as ReadSome.
  virtual async::Task<Result<void>> WriteAll(std::string_view bytes) = 0;

  /// What waits now, and all that is begun until Continue(), fails with `timeout`.
  virtual void Interrupt() = 0;
  virtual void Continue() = 0;
  /// Tells the peer that nothing more will come; reading goes on. Waits only if the kernel has no room left to say it,
  /// and not at all once interrupted.
  virtual async::Task<void> ShutdownSending() = 0;
  /// Closes so that the peer sees an error, not an end.
  virtual void Abort() = 0;

  /// How many bytes the kernel has taken so far. Once it has grown, the peer may have got something.
  virtual std::uint64_t bytes_sent() const = 0;
  /// Whether an idle connection looks usable: not closed by the peer, and nothing came in unasked.
  virtual bool IsQuiet() = 0;
};

/// A plain TCP connection. TCP_NODELAY is on.
class TcpStream final : public Stream {
 public:
  struct Socket;  // the loop's own socket type; known to stream.cc alone

  explicit TcpStream(async::Loop& loop);
  explicit TcpStream(std::unique_ptr<Socket> connected);
  ~TcpStream() override;

  /// Fails with `timeout` if interrupted, `unavailable` with the system's reason otherwise.
  async::Task<Result<void>> Connect(const Endpoint& target);

  async::Task<Result<void>> Handshake() override { co_return Result<void>(); }
  async::Task<Result<std::size_t>> ReadSome(std::span<char> into) override;
  async::Task<Result<void>> WriteAll(std::string_view bytes) override;
  void Interrupt() override;
  void Continue() override { interrupted_ = false; }
  async::Task<void> ShutdownSending() override;
  void Abort() override;
  std::uint64_t bytes_sent() const override { return bytes_sent_; }
  bool IsQuiet() override;

  /// For a protocol on top: as send(2), never waiting; -1 with errno EAGAIN if it would have to.
  ssize_t TrySend(std::string_view bytes);
  async::Task<Result<void>> WaitWritable();

 private:
  std::unique_ptr<Socket> socket_;
  std::uint64_t bytes_sent_ = 0;
  bool interrupted_ = false;
};

/// A connection that a client opened.
struct Accepted {
  std::unique_ptr<TcpStream> stream;
  Endpoint peer;
};

/// A listening socket.
class Listener {
 public:
  /// Port 0 takes any free one. Fails with `unavailable` and names the address.
  static Result<std::unique_ptr<Listener>> Open(async::Loop& loop, const Endpoint& at);
  ~Listener();

  Endpoint local() const { return local_; }
  /// Fails with `unavailable` if the system has no descriptor or memory left, or after Close().
  async::Task<Result<Accepted>> Accept();
  void Close();

 private:
  struct Acceptor;
  Listener(std::unique_ptr<Acceptor> acceptor, const Endpoint& local);
  std::unique_ptr<Acceptor> acceptor_;
  Endpoint local_;
};

}  // namespace rowcall::net

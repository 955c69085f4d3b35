#include "net/resolver.h"

#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

namespace rowcall::net {

namespace {

using Addresses = Result<std::vector<IpBytes>>;

std::optional<IpBytes> AddressOf(const addrinfo& found) {
  IpBytes address{};
  if (found.ai_family == AF_INET6) {
    const auto* wide = reinterpret_cast<const sockaddr_in6*>(found.ai_addr);
    std::memcpy(address.data(), &wide->sin6_addr, address.size());
    return address;
  }
  if (found.ai_family != AF_INET) return std::nullopt;
  const auto* narrow = reinterpret_cast<const sockaddr_in*>(found.ai_addr);
  address[10] = address[11] = 0xff;
  std::memcpy(address.data() + 12, &narrow->sin_addr, 4);
  return address;
}

Addresses AskSystem(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int failure = getaddrinfo(host.c_str(), nullptr, &wanted, &list);
  if (failure != 0) {
    return Fail(ErrorKind::unavailable, "the name " + host + " could not be resolved: " + gai_strerror(failure),
                "Check the spelling of the host and this machine's name service.");
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);
  std::vector<IpBytes> addresses;
  for (const addrinfo* found = list; found != nullptr; found = found->ai_next) {
    const std::optional<IpBytes> address = AddressOf(*found);
    if (address && std::ranges::find(addresses, *address) == addresses.end()) addresses.push_back(*address);
  }
  if (addresses.empty()) return Fail(ErrorKind::unavailable, "the name " + host + " has no IP address");
  return addresses;
}

/// Whichever comes first, the answer or the deadline, settles it.
struct Lookup {
  void Settle(Addresses addresses) {
    if (!std::exchange(settled, true)) done.Set(std::move(addresses));
  }
  async::OneShot<Addresses> done;
  bool settled = false;
};

async::Task<void> Ask(async::BlockingPool& pool, std::string host, std::shared_ptr<Lookup> lookup) {
  std::move_only_function<Addresses()> call = [&host] { return AskSystem(host); };
  Addresses addresses = co_await pool.Run<Addresses>(std::move(call));
  lookup->Settle(std::move(addresses));
}

}  // namespace

async::Task<Addresses> Resolve(async::Loop& loop, async::Timers& timers, async::BlockingPool& pool, std::string host,
                               MonoTime deadline) {
  if (const std::optional<IpBytes> address = ParseIp(host)) co_return std::vector<IpBytes>{*address};
  const auto lookup = std::make_shared<Lookup>();  // owners: this frame, the alarm, the task that asks
  const auto alarm = timers.Schedule(deadline, [lookup, host] {
    lookup->Settle(Fail(ErrorKind::timeout, "the name " + host + " was not resolved in time"));
  });
  loop.Spawn(Ask(pool, host, lookup));
  Addresses addresses = co_await lookup->done.Wait();
  timers.Cancel(alarm);
  co_return addresses;
}

}  // namespace rowcall::net

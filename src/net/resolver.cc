#include "net/resolver.h"

#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "async/semaphore.h"

namespace rowcall::net {

using Addresses = Result<std::vector<IpBytes>>;

namespace {

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

}  // namespace

Addresses LookUpInSystem(const std::string& host) {
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

/// One look-up and those who wait for it.
struct Resolver::LookUp {
  std::atomic_flag taken;  // by the thread that begins it, or by the last asker to leave before that
  std::size_t askers = 0;
  std::optional<Addresses> answer;
  async::Signal ended;
};

struct Resolver::State {
  struct Answer {
    std::vector<IpBytes> addresses;
    MonoTime until;
  };

  void Keep(const std::string& host, const std::vector<IpBytes>& addresses);
  void End(const std::string& host, LookUp& look_up, Addresses found);

  const Clock& clock;
  const ResolverOptions options;
  std::map<std::string, std::shared_ptr<LookUp>> look_ups;  // by host; waiting for a thread or running
  std::map<std::string, Answer> kept;                       // by host
};

void Resolver::State::Keep(const std::string& host, const std::vector<IpBytes>& addresses) {
  const MonoTime now = clock.MonotonicNow();
  std::erase_if(kept, [now](const auto& each) { return each.second.until <= now; });
  if (kept.size() < options.max_kept) kept[host] = {addresses, now + options.keep};
}

void Resolver::State::End(const std::string& host, LookUp& look_up, Addresses found) {
  if (found) Keep(host, *found);
  look_ups.erase(host);
  look_up.answer = std::move(found);
  look_up.ended.NotifyAll();
}

Resolver::Resolver(async::Loop& loop, async::Timers& timers, ResolverOptions options)
    : loop_(loop),
      timers_(timers),
      state_(std::make_shared<State>(timers.clock(), std::move(options))),
      pool_(state_->options.threads) {}

Resolver::~Resolver() {
  for (const auto& [host, look_up] : std::exchange(state_->look_ups, {})) {
    state_->End(host, *look_up, Fail(ErrorKind::unavailable, "the name " + host + " is not looked up any more"));
  }
}

std::shared_ptr<Resolver::LookUp> Resolver::Join(const std::string& host) {
  std::shared_ptr<LookUp>& look_up = state_->look_ups[host];
  if (look_up != nullptr) return look_up;
  look_up = std::make_shared<LookUp>();
  auto run = [&loop = loop_, state = std::weak_ptr(state_), ask = state_->options.look_up, host, look_up] {
    if (look_up->taken.test_and_set()) return;
    loop.Post([state, host, look_up, found = ask(host)]() mutable {
      if (const auto alive = state.lock()) alive->End(host, *look_up, std::move(found));
    });
  };
  pool_.Post(std::move(run));
  return look_up;
}

async::Task<Addresses> Resolver::Resolve(std::string host, MonoTime deadline) {
  if (const std::optional<IpBytes> address = ParseIp(host)) co_return std::vector<IpBytes>{*address};
  const auto kept = state_->kept.find(host);
  if (kept != state_->kept.end() && timers_.clock().MonotonicNow() < kept->second.until) {
    co_return kept->second.addresses;
  }
  const std::shared_ptr<LookUp> look_up = Join(host);  // owners: the resolver, its askers, the thread
  ++look_up->askers;
  co_await look_up->ended.WaitUntil(timers_, deadline);
  --look_up->askers;
  if (look_up->answer) co_return *look_up->answer;
  if (look_up->askers == 0 && !look_up->taken.test_and_set()) state_->look_ups.erase(host);
  co_return Fail(ErrorKind::timeout, "the name " + host + " was not resolved in time");
}

}  // namespace rowcall::net

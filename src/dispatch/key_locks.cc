#include "dispatch/key_locks.h"

#include <algorithm>
#include <utility>

#include "async/one_shot.h"
#include "base/assert.h"

namespace rowcall::dispatch {

KeyLocks::Ticket KeyLocks::Ask(std::vector<std::string> keys, std::move_only_function<void()> granted) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  const Ticket ticket = next_++;
  Request request;
  for (const std::string& key : keys) {
    std::deque<Ticket>& queue = queues_[key];
    if (!queue.empty()) ++request.ahead;
    queue.push_back(ticket);
  }
  request.keys = std::move(keys);
  if (request.ahead > 0) request.granted = std::move(granted);
  requests_.emplace(ticket, std::move(request));
  return ticket;
}

bool KeyLocks::IsHeld(Ticket ticket) const {
  const auto found = requests_.find(ticket);
  return found != requests_.end() && found->second.ahead == 0;
}

bool KeyLocks::OthersWait(Ticket ticket) const {
  const auto found = requests_.find(ticket);
  if (found == requests_.end()) return false;
  return std::any_of(found->second.keys.begin(), found->second.keys.end(),
                     [&](const std::string& key) { return queues_.at(key).size() > 1; });
}

void KeyLocks::Release(Ticket ticket) {
  auto node = requests_.extract(ticket);
  if (node.empty()) return;
  std::vector<std::move_only_function<void()>> granted;
  for (const std::string& key : node.mapped().keys) {
    std::deque<Ticket>& queue = queues_.at(key);
    const bool was_first = queue.front() == ticket;
    queue.erase(std::find(queue.begin(), queue.end(), ticket));
    if (queue.empty()) {
      queues_.erase(key);
    } else if (was_first) {
      Request& next = requests_.at(queue.front());
      ROWCALL_ASSERT(next.ahead > 0);
      if (--next.ahead == 0) granted.push_back(std::exchange(next.granted, nullptr));
    }
  }
  for (auto& call : granted) call();  // last: a call may ask or release again
}

async::Task<KeyLocks::Ticket> KeyLocks::Acquire(std::vector<std::string> keys) {
  async::OneShot<bool> held;
  const Ticket ticket = Ask(std::move(keys), [held]() mutable { held.Set(true); });
  if (!IsHeld(ticket)) co_await held.Wait();
  co_return ticket;
}

}  // namespace rowcall::dispatch

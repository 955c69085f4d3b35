#include "dispatch/key_locks.h"

#include <algorithm>
#include <utility>

#include "async/one_shot.h"
#include "base/assert.h"

namespace rowcall::dispatch {

namespace {

void CountOnce(std::vector<KeyLocks::Key>& keys) {
  std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  const auto same_name = [](KeyLocks::Key& kept, KeyLocks::Key& dropped) {
    if (kept.name != dropped.name) return false;
    kept.writes = 0;
    return true;
  };
  keys.erase(std::unique(keys.begin(), keys.end(), same_name), keys.end());
}

}  // namespace

/// Whether a request at the end of the queue holds the key at once.
bool KeyLocks::IsGranted(const Queue& queue, const Place& last) {
  return queue.empty() || (last.writes != 0 && queue.back().held && queue.back().writes == last.writes);
}

KeyLocks::Ticket KeyLocks::Ask(std::vector<Key> keys, std::move_only_function<void()> granted) {
  CountOnce(keys);
  const Ticket ticket = next_++;
  Request request;
  request.keys.reserve(keys.size());
  for (Key& key : keys) {
    Queues::value_type& named = *queues_.try_emplace(std::move(key.name)).first;
    Place place{ticket, key.writes, false};
    place.held = IsGranted(named.second, place);
    if (!place.held) ++request.missing;
    named.second.push_back(place);
    request.keys.push_back(&named);
  }
  if (request.missing > 0) waiting_.emplace(ticket, std::move(granted));
  requests_.emplace(ticket, std::move(request));
  return ticket;
}

bool KeyLocks::IsHeld(Ticket ticket) const {
  const auto found = requests_.find(ticket);
  return found != requests_.end() && found->second.missing == 0;
}

std::vector<std::string> KeyLocks::NamesOf(Ticket ticket) const {
  const auto found = requests_.find(ticket);
  if (found == requests_.end()) return {};
  std::vector<std::string> names;
  for (const Queues::value_type* key : found->second.keys) names.push_back(key->first);
  return names;
}

void KeyLocks::GrantNext(Queue& queue, std::vector<std::move_only_function<void()>>& granted) {
  const std::uint64_t writes = queue.front().writes;
  for (Place& place : queue) {
    const bool together = writes != 0 && place.writes == writes;
    if (place.ticket != queue.front().ticket && !together) return;
    if (std::exchange(place.held, true)) continue;
    Request& request = requests_.at(place.ticket);
    ROWCALL_ASSERT(request.missing > 0);
    if (--request.missing > 0) continue;
    const auto waiting = waiting_.find(place.ticket);
    granted.push_back(std::move(waiting->second));
    waiting_.erase(waiting);
  }
}

void KeyLocks::Release(Ticket ticket) {
  const auto found = requests_.find(ticket);
  if (found == requests_.end()) return;
  const Request request = std::move(found->second);
  requests_.erase(found);
  if (request.missing > 0) waiting_.erase(ticket);
  std::vector<std::move_only_function<void()>> granted;
  for (const Queues::value_type* key : request.keys) {
    const auto place = queues_.find(key->first);
    Queue& queue = place->second;
    const auto is_its = [ticket](const Place& of) { return of.ticket == ticket; };
    queue.erase(std::remove_if(queue.begin(), queue.end(), is_its), queue.end());
    if (queue.empty()) {
      queues_.erase(place);
    } else {
      GrantNext(queue, granted);
    }
  }
  for (auto& call : granted) call();  // last: a call may ask or release again
}

async::Task<KeyLocks::Ticket> KeyLocks::Acquire(std::vector<Key> keys) {
  async::OneShot<bool> held;
  const Ticket ticket = Ask(std::move(keys), [held]() mutable { held.Set(true); });
  if (!IsHeld(ticket)) co_await held.Wait();
  co_return ticket;
}

}  // namespace rowcall::dispatch

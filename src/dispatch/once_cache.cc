#include "dispatch/once_cache.h"

#include <iterator>

namespace rowcall::dispatch {

std::optional<OnceCache::Written> OnceCache::Find(const std::string& record) {
  const auto found = by_record_.find(record);
  if (found == by_record_.end()) return std::nullopt;
  recent_.splice(recent_.begin(), recent_, found->second);
  return found->second->written;
}

void OnceCache::Remember(const std::string& key, const std::string& record, Written written) {
  const auto forget = [&](std::list<Known>::iterator known) {
    by_key_.erase(known->key);
    by_record_.erase(known->record);
    recent_.erase(known);
  };
  if (const auto same_key = by_key_.find(key); same_key != by_key_.end()) forget(same_key->second);
  if (const auto same = by_record_.find(record); same != by_record_.end()) forget(same->second);
  if (recent_.size() == capacity_) forget(std::prev(recent_.end()));
  recent_.push_front({key, record, std::move(written)});
  by_key_.emplace(recent_.front().key, recent_.begin());
  by_record_.emplace(recent_.front().record, recent_.begin());
}

}  // namespace rowcall::dispatch

#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace rowcall::dispatch {

/// Remembers the ids of related records that were written, by the whole record: an equal one need not be written again.
/// The least recently used are forgotten; a record that was forgotten is simply written again. One loop's thread.
class OnceCache {
 public:
  /// A record that was written.
  struct Written {
    std::string id;
    std::int64_t created_at = 0;  ///< As the service tells it, in epoch seconds; 0 = not known.
    bool operator==(const Written&) const = default;
  };

  explicit OnceCache(std::size_t capacity) : capacity_(capacity) {}

  std::optional<Written> Find(const std::string& record);
  /// `key` names what the record is about: a different record of the same key replaces the older one, so that going back
  /// to earlier values writes them again.
  void Remember(const std::string& key, const std::string& record, Written written);
  std::size_t size() const { return by_key_.size(); }

 private:
  struct Known {
    std::string key, record;
    Written written;
  };
  std::size_t capacity_;
  std::list<Known> recent_;  ///< The most recently used first.
  std::unordered_map<std::string_view, std::list<Known>::iterator> by_key_;  ///< Views into recent_.
  std::unordered_map<std::string_view, std::list<Known>::iterator> by_record_;  ///< Views into recent_.
};

}  // namespace rowcall::dispatch

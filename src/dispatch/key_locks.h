#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "async/task.h"

namespace rowcall::dispatch {

/// Keeps rows that write the same key apart, in the order in which they asked. A row asks for all its keys at once, so
/// no two rows wait for each other. One loop's thread.
class KeyLocks {
 public:
  using Ticket = std::uint64_t;  ///< 0 = none.

  KeyLocks() = default;
  KeyLocks(const KeyLocks&) = delete;
  KeyLocks& operator=(const KeyLocks&) = delete;

  /// Asks for `keys` (equal ones count once). Either they are all free, then `granted` is never called and the ticket is
  /// held at once; or `granted` is called, once, from a later Release().
  Ticket Ask(std::vector<std::string> keys, std::move_only_function<void()> granted);
  bool IsHeld(Ticket ticket) const;
  /// Whether somebody waits for a key that this ticket holds.
  bool OthersWait(Ticket ticket) const;
  /// Gives the keys back, or takes the request back. 0 is fine.
  void Release(Ticket ticket);
  /// Asks and waits until the keys are held.
  async::Task<Ticket> Acquire(std::vector<std::string> keys);

  std::size_t tickets() const { return requests_.size(); }

 private:
  struct Request {
    std::vector<std::string> keys;
    std::size_t ahead = 0;  ///< Keys at whose head somebody else stands.
    std::move_only_function<void()> granted;
  };
  std::unordered_map<Ticket, Request> requests_;
  std::unordered_map<std::string, std::deque<Ticket>> queues_;
  Ticket next_ = 1;
};

}  // namespace rowcall::dispatch

#pragma once

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
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

  struct Key {
    std::string name;
    /// What will be written under it: neighbours in the queue that write the same hold it together. 0 = held alone.
    std::uint64_t writes = 0;
  };

  KeyLocks() = default;
  KeyLocks(const KeyLocks&) = delete;
  KeyLocks& operator=(const KeyLocks&) = delete;

  /// Asks for `keys`; one that is named twice counts once, and is held alone. Either they are all free, then `granted` is
  /// never called and the ticket is held at once; or `granted` is called, once, from a later Release().
  Ticket Ask(std::vector<Key> keys, std::move_only_function<void()> granted);
  bool IsHeld(Ticket ticket) const;
  /// Whether somebody waits to be granted his keys.
  bool IsWaitedFor() const { return !waiting_.empty(); }
  /// The names that it has asked for and not given back; none for 0.
  std::vector<std::string> NamesOf(Ticket ticket) const;
  /// Gives the keys back, or takes the request back. 0 is fine.
  void Release(Ticket ticket);
  /// Asks and waits until the keys are held.
  async::Task<Ticket> Acquire(std::vector<Key> keys);

  std::size_t tickets() const { return requests_.size(); }

 private:
  struct Place {
    Ticket ticket = 0;
    std::uint64_t writes = 0;
    bool held = false;
  };
  using Queue = boost::container::small_vector<Place, 1>;  ///< Hardly ever two rows of a file have a key in common.
  using Queues = std::unordered_map<std::string, Queue>;  ///< Its nodes stay where they are.
  // Behind a crash thousands of keys are held for seconds, so that an entry of this table is as small as can be.
  struct Request {
    boost::container::small_vector<Queues::value_type*, 1> keys;
    std::size_t missing = 0;  ///< Keys that it does not hold yet.
  };
  static bool IsGranted(const Queue& queue, const Place& last);
  void GrantNext(Queue& queue, std::vector<std::move_only_function<void()>>& granted);

  boost::unordered_flat_map<Ticket, Request> requests_;
  boost::unordered_flat_map<Ticket, std::move_only_function<void()>> waiting_;  ///< Of requests that miss a key.
  Queues queues_;
  Ticket next_ = 1;
};

}  // namespace rowcall::dispatch

#pragma once

#include <unordered_set>

#include "async/timers.h"

namespace rowcall::net {

class Deadline;

/// The deadlines of one server or client. When it ends, or is told to, none rings any more, even if frames that hold
/// one are destroyed later.
class Deadlines {
 public:
  explicit Deadlines(async::Timers& timers) : timers_(&timers) {}
  ~Deadlines() { Detach(); }
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

  /// From now on `timers` is not touched.
  void Detach();

 private:
  friend class Deadline;
  async::Timers* timers_;
  std::unordered_set<Deadline*> members_;
};

/// One connection's deadline, set anew for each thing the connection waits for. Moving it later costs nothing: its one
/// alarm, when it rings, looks whether the time has really come.
class Deadline {
 public:
  class Listener {
   public:
    virtual void DeadlinePassed() = 0;  ///< May destroy the Deadline.

   protected:
    ~Listener() = default;
  };

  /// `listener` must outlive this object.
  Deadline(Deadlines& owner, Listener& listener);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void Set(MonoTime at);
  void SetIn(Duration duration);
  void Clear() { at_ = MonoTime::max(); }

 private:
  friend class Deadlines;
  void Arm();
  void Ring();

  Deadlines* owner_;  // null once detached
  Listener& listener_;
  MonoTime at_ = MonoTime::max();
  MonoTime armed_for_ = MonoTime::max();
  async::Timers::AlarmId alarm_ = 0;
};

}  // namespace rowcall::net

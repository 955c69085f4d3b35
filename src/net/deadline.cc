#include "net/deadline.h"

#include <utility>

namespace rowcall::net {

void Deadlines::Detach() {
  for (Deadline* deadline : std::exchange(members_, {})) {
    timers_->Cancel(deadline->alarm_);
    deadline->owner_ = nullptr;
  }
  timers_ = nullptr;
}

Deadline::Deadline(Deadlines& owner, Listener& listener)
    : owner_(owner.timers_ == nullptr ? nullptr : &owner), listener_(listener) {
  if (owner_ != nullptr) owner_->members_.insert(this);
}

Deadline::~Deadline() {
  if (owner_ == nullptr) return;
  owner_->timers_->Cancel(alarm_);
  owner_->members_.erase(this);
}

void Deadline::Set(MonoTime at) {
  at_ = at;
  if (at_ < armed_for_) Arm();
}

void Deadline::SetIn(Duration duration) {
  if (owner_ != nullptr) Set(owner_->timers_->clock().MonotonicNow() + duration);
}

void Deadline::Arm() {
  if (owner_ == nullptr) return;
  owner_->timers_->Cancel(alarm_);
  armed_for_ = at_;
  alarm_ = owner_->timers_->Schedule(at_, [this] { Ring(); });
}

void Deadline::Ring() {
  armed_for_ = MonoTime::max();
  alarm_ = 0;
  if (at_ == MonoTime::max()) return;
  if (owner_->timers_->clock().MonotonicNow() < at_) return Arm();
  at_ = MonoTime::max();
  listener_.DeadlinePassed();
}

}  // namespace rowcall::net

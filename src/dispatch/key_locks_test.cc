#include "dispatch/key_locks.h"

#include <gtest/gtest.h>

#include <string>

namespace rowcall::dispatch {
namespace {

class KeyLocksTest : public testing::Test {
 protected:
  KeyLocks::Ticket Ask(std::vector<std::string> keys, char name) {
    return locks_.Ask(std::move(keys), [this, name] { granted_.push_back(name); });
  }
  KeyLocks locks_;
  std::string granted_;
};

TEST_F(KeyLocksTest, FreeKeysAreHeldAtOnce) {
  const auto ticket = Ask({"a", "b", "a"}, 'x');
  EXPECT_TRUE(locks_.IsHeld(ticket));
  EXPECT_FALSE(locks_.OthersWait(ticket));
  EXPECT_EQ(granted_, "");
}

TEST_F(KeyLocksTest, RowsOfOneKeyFollowInTheOrderInWhichTheyAsked) {
  const auto first = Ask({"a"}, '1');
  const auto second = Ask({"a"}, '2');
  const auto third = Ask({"a"}, '3');
  EXPECT_TRUE(locks_.OthersWait(first));
  locks_.Release(first);
  EXPECT_EQ(granted_, "2");
  EXPECT_FALSE(locks_.IsHeld(third));
  locks_.Release(second);
  EXPECT_EQ(granted_, "23");
}

TEST_F(KeyLocksTest, ARowIsGrantedOnlyWhenItHasAllItsKeys) {
  const auto a = Ask({"a"}, 'a');
  const auto b = Ask({"b"}, 'b');
  const auto both = Ask({"b", "a"}, '2');
  locks_.Release(a);
  EXPECT_EQ(granted_, "");
  locks_.Release(b);
  EXPECT_EQ(granted_, "2");
  EXPECT_TRUE(locks_.IsHeld(both));
}

TEST_F(KeyLocksTest, ARequestThatIsTakenBackIsPassedOver) {
  const auto first = Ask({"a"}, '1');
  const auto second = Ask({"a"}, '2');
  Ask({"a"}, '3');
  locks_.Release(second);
  locks_.Release(first);
  EXPECT_EQ(granted_, "3");
}

TEST_F(KeyLocksTest, NothingIsKeptOfReleasedKeys) {
  locks_.Release(Ask({"a", "b"}, '1'));
  locks_.Release(0);
  EXPECT_EQ(locks_.tickets(), 0u);
}

}  // namespace
}  // namespace rowcall::dispatch

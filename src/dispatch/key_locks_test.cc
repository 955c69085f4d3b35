#include "dispatch/key_locks.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace rowcall::dispatch {
namespace {

class KeyLocksTest : public testing::Test {
 protected:
  KeyLocks::Ticket Ask(std::vector<std::string> names, char name, std::uint64_t writes = 0) {
    std::vector<KeyLocks::Key> keys;
    for (std::string& key : names) keys.push_back({std::move(key), writes});
    return locks_.Ask(std::move(keys), [this, name] { granted_.push_back(name); });
  }
  KeyLocks locks_;
  std::string granted_;
};

TEST_F(KeyLocksTest, FreeKeysAreHeldAtOnce) {
  const auto ticket = Ask({"a", "b", "a"}, 'x');
  EXPECT_TRUE(locks_.IsHeld(ticket));
  EXPECT_EQ(granted_, "");
}

TEST_F(KeyLocksTest, RowsOfOneKeyFollowInTheOrderInWhichTheyAsked) {
  const auto first = Ask({"a"}, '1');
  const auto second = Ask({"a"}, '2');
  const auto third = Ask({"a"}, '3');
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

TEST_F(KeyLocksTest, ARequestThatIsTakenBackLetsGoOfItsCall) {
  Ask({"a"}, '1');
  const auto held_by_the_call = std::make_shared<int>();
  const auto second = locks_.Ask({{"a"}}, [held_by_the_call] {});
  locks_.Release(second);
  EXPECT_EQ(held_by_the_call.use_count(), 1);
}

TEST_F(KeyLocksTest, NeighboursThatWriteTheSameHoldTheKeyTogether) {
  Ask({"a"}, '1', 7);
  EXPECT_TRUE(locks_.IsHeld(Ask({"a"}, '2', 7)));
}

TEST_F(KeyLocksTest, AnotherValueWaitsForAllThatCameBeforeAndIsWaitedFor) {
  const auto first = Ask({"a"}, '1', 7);
  const auto second = Ask({"a"}, '2', 7);
  const auto other = Ask({"a"}, '3', 8);
  Ask({"a"}, '4', 8);
  const auto again = Ask({"a"}, '5', 7);  // never past the one that writes something else
  locks_.Release(second);
  EXPECT_EQ(granted_, "");
  locks_.Release(first);
  EXPECT_EQ(granted_, "34");
  locks_.Release(other);
  EXPECT_FALSE(locks_.IsHeld(again));
}

TEST_F(KeyLocksTest, ARequestTakenBackFromTheMiddleLetsEqualNeighboursMeet) {
  Ask({"a"}, '1', 7);
  const auto other = Ask({"a"}, '2', 8);
  const auto third = Ask({"a"}, '3', 7);
  locks_.Release(other);
  EXPECT_EQ(granted_, "3");
  EXPECT_TRUE(locks_.IsHeld(third));
}

TEST_F(KeyLocksTest, NothingIsKeptOfReleasedKeys) {
  locks_.Release(Ask({"a", "b"}, '1'));
  locks_.Release(0);
  EXPECT_EQ(locks_.tickets(), 0u);
}

}  // namespace
}  // namespace rowcall::dispatch

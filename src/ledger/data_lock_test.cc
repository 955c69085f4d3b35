#include "ledger/data_lock.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>

#include "ledger/temp_folder.h"

namespace rowcall::ledger {
namespace {

TEST(DataLockTest, ASecondTakerIsRefusedAndToldWhoHoldsIt) {
  const TempFolder folder;
  const auto held = DataLock::Take(folder.path());
  ASSERT_TRUE(held);
  const auto second = DataLock::Take(folder.path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  EXPECT_NE(second.error().message.find("process " + std::to_string(getpid())), std::string::npos);
}

TEST(DataLockTest, ALockThatEndedIsFreeAlsoAfterAMove) {
  const TempFolder folder;
  {
    auto held = DataLock::Take(folder.path());
    const DataLock moved = *std::move(held);
    EXPECT_FALSE(DataLock::Take(folder.path()));
  }
  EXPECT_TRUE(DataLock::Take(folder.path()));
}

TEST(DataLockTest, AKilledProcessHoldsNothing) {
  const TempFolder folder;
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto held = DataLock::Take(folder.path());
    const char answer = held ? 'y' : 'n';
    if (write(ready[1], &answer, 1) != 1) _exit(1);
    for (;;) pause();
  }
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  ASSERT_EQ(answer, 'y');
  const auto refused = DataLock::Take(folder.path());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("process " + std::to_string(child)), std::string::npos);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(DataLock::Take(folder.path()));
  close(ready[0]);
  close(ready[1]);
}

TEST(DataLockTest, AMissingFolderIsNamed) {
  const TempFolder folder;
  const auto lock = DataLock::Take(folder / "none");
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().kind, ErrorKind::unavailable);
  EXPECT_NE(lock.error().message.find("none/lock"), std::string::npos);
}

}  // namespace
}  // namespace rowcall::ledger

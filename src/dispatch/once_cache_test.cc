#include "dispatch/once_cache.h"

#include <gtest/gtest.h>

namespace rowcall::dispatch {
namespace {

TEST(OnceCacheTest, AnEqualRecordIsKnown) {
  OnceCache cache(2);
  cache.Remember("acme", "acme|x", {"f1"});
  EXPECT_EQ(cache.Find("acme|x")->id, "f1");
  EXPECT_FALSE(cache.Find("acme|y"));
}

TEST(OnceCacheTest, GoingBackToEarlierValuesIsWrittenAgain) {
  OnceCache cache(2);
  cache.Remember("acme", "acme|x", {"f1"});
  cache.Remember("acme", "acme|y", {"f1"});
  EXPECT_FALSE(cache.Find("acme|x"));
  EXPECT_EQ(cache.Find("acme|y")->id, "f1");
}

TEST(OnceCacheTest, TheLeastRecentlyUsedIsForgotten) {
  OnceCache cache(2);
  cache.Remember("a", "a", {"1"});
  cache.Remember("b", "b", {"2"});
  cache.Find("a");
  cache.Remember("c", "c", {"3"});
  EXPECT_EQ(cache.Find("a")->id, "1");
  EXPECT_FALSE(cache.Find("b"));
  EXPECT_EQ(cache.size(), 2u);
}

}  // namespace
}  // namespace rowcall::dispatch

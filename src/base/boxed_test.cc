#include "base/boxed.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace rowcall {
namespace {

TEST(BoxedTest, AnEmptyOneReadsAsADefaultValue) {
  const Boxed<std::string> empty;
  EXPECT_FALSE(empty);
  EXPECT_EQ(*empty, "");
  EXPECT_EQ(empty->size(), 0u);
}

TEST(BoxedTest, ACopyIsOfItsOwn) {
  Boxed<std::string> first(std::string("one"));
  Boxed<std::string> second = first;
  second.Edit() += " more";
  EXPECT_EQ(*first, "one");
  first = second;
  second.Edit() = "other";
  EXPECT_EQ(*first, "one more");
}

TEST(BoxedTest, WhatWasMovedFromIsEmpty) {
  Boxed<std::string> first(std::string("one"));
  const Boxed<std::string> second = std::move(first);
  EXPECT_EQ(*second, "one");
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that is what it says
}

}  // namespace
}  // namespace rowcall

#include "model/cells.h"

#include <gtest/gtest.h>

namespace rowcall::model {
namespace {

TEST(CellsTest, ACellIsBlankUntilItIsSet) {
  Cells cells(3);
  cells.Set(1, "two");
  EXPECT_EQ(cells, (Cells{"", "two", ""}));
}

TEST(CellsTest, ACellMayStandInTheTextThatWasGivenAtFirst) {
  Cells cells(3, "one,two\n");
  cells.Set(2, "a third one");
  cells.SetWithin(1, 4, 7);
  cells.SetWithin(0, 0, 3);
  EXPECT_EQ(cells, (Cells{"one", "two", "a third one"}));
}

TEST(CellsTest, CellsAreTheSameIfTheirTextsAre) {
  Cells cells(1, "one");
  cells.SetWithin(0, 0, 3);
  EXPECT_EQ(cells, Cells{"one"});
  cells.Set(0, "other");
  EXPECT_NE(cells, Cells{"one"});
  EXPECT_NE(Cells(1), Cells(2));
}

TEST(CellsTest, ACopyHasTextsOfItsOwn) {
  Cells cells{"one", "two"};
  const Cells copy = cells;
  cells.Set(0, "other");
  EXPECT_EQ(copy[0], "one");
  EXPECT_EQ(cells[0], "other");
}

}  // namespace
}  // namespace rowcall::model

// What a load has made beside its rows, when it is taken back: behind all rows of the undo, each record once.

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "job/test_engine.h"

namespace rowcall::job {
namespace {

using model::OutcomeKind;

class MadeRecordsTest : public JobEngineTest {
 protected:
  MadeRecordsTest() {
    service_.before = [this](const net::HttpRequest& request) -> async::Task<void> {
      if (request.method == "DELETE") ++deletes_;
      co_return;
    };
  }

  JobId Load(const std::string& csv) {
    const JobId id = NewJob(csv);
    EXPECT_EQ(Name(Run(id).status), "COMPLETED");
    return id;
  }
  /// An undo of these rows of a load, whose file has no other columns.
  JobId NewUndo(JobId load, const std::string& csv) {
    model::JobOrder order;
    order.undoes = true;
    order.retry_of = order.retry_root = load;
    return NewJob(csv, order);
  }
  /// What it says of records that were left; "" if of none.
  std::string LeftBy(const model::Job& undo) {
    EXPECT_EQ(Name(undo.status), "COMPLETED") << undo.error;
    return undo.file_warnings.empty() ? "" : undo.file_warnings.back();
  }

  int deletes_ = 0;
};

TEST_F(MadeRecordsTest, AllThatARowHasMadeGoes) {
  const JobId load = Load("mail,club,home\na@x.y,acme,globex\nb@x.y,initech,hooli\nc@x.y,,\n");
  EXPECT_EQ(service_.clubs.size(), 4u);
  EXPECT_EQ(LeftBy(Run(NewUndo(load, "mail,club,home,_row\nc@x.y,,,3\nb@x.y,initech,hooli,2\na@x.y,acme,globex,1\n"))),
            "");
  EXPECT_TRUE(service_.clubs.empty());
  EXPECT_EQ(deletes_, 4);
}

}  // namespace
}  // namespace rowcall::job

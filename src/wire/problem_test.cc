#include "wire/problem.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "wire/json_object.h"
#include "wire/test_json.h"

namespace rowcall::wire {
namespace {

TEST(ProblemTest, AClientReadsBackWhatTheServerWrote) {
  const Problem problem{.status = 404,
                        .code = "unknown_object",
                        .detail = "There is no object \"contct\".",
                        .hint = "Did you mean \"contact\"?",
                        .provider_message = "no",
                        .request_id = "r1",
                        .faults = {{"/a", "b"}}};
  const Problem read = ParseProblem(404, ProblemJson(problem));
  EXPECT_EQ(read.code, problem.code);
  EXPECT_EQ(read.detail, problem.detail);
  EXPECT_EQ(read.hint, problem.hint);
  EXPECT_EQ(read.provider_message, problem.provider_message);
  EXPECT_EQ(read.request_id, problem.request_id);
  EXPECT_EQ(read.faults.size(), 1u);
  EXPECT_EQ(ToError(read).kind, ErrorKind::not_found);
  EXPECT_EQ(TextOf(ParseObject(ProblemJson(problem)), "message"), problem.detail);
}

TEST(ProblemTest, ABodyThatIsNoProblemIsQuoted) {
  EXPECT_EQ(ParseProblem(502, "<html>").detail, "The server answered 502: <html>");
}

}  // namespace
}  // namespace rowcall::wire

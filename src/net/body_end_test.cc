#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

#include "net/answer_parser.h"
#include "net/request_parser.h"

namespace rowcall::net {
namespace {

constexpr std::string_view kBodies[] = {"0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n", "1\r\na\r\n1\r\nb\r\n0\r\nX: y\r\n\r\n"};

/// Feeds `bytes` to `take` in two pieces, and what was not used again with what follows, as a connection does.
template <typename Take>
void FeedSplit(std::string_view bytes, std::size_t first, Take take) {
  std::string buffer(bytes.substr(0, first));
  buffer.erase(0, take(buffer));
  buffer += bytes.substr(first);
  buffer.erase(0, take(buffer));
}

TEST(BodyEndTest, WhereAChunkedRequestIsSplitMakesNoDifference) {
  for (const std::string_view body : kBodies) {
    for (std::size_t first = 0; first <= body.size(); ++first) {
      RequestParser parser;
      ASSERT_TRUE(parser.Head("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"));
      FeedSplit(body, first, [&](std::string_view bytes) {
        std::size_t used = 0;
        for (std::size_t step = 1; step > 0 && !parser.done();) {
          step = parser.Body(bytes.substr(used))->used;
          used += step;
        }
        return used;
      });
      EXPECT_TRUE(parser.done()) << body << " split at " << first;
    }
  }
}

// A finding of the fuzzer: in one piece the long trailer was taken.
TEST(BodyEndTest, ALongTrailerIsRefusedWhereverItIsSplit) {
  const std::string body = "0\r\nX: " + std::string(9'000, 'x') + "\r\n\r\n";
  for (const std::size_t first : {std::size_t{0}, std::size_t{5}, std::size_t{8'500}, body.size()}) {
    RequestParser parser;
    ASSERT_TRUE(parser.Head("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"));
    const auto begun = parser.Body(std::string_view(body).substr(0, first));
    if (begun.has_value()) EXPECT_EQ(begun->used, 0u);
    const auto fed = begun ? parser.Body(body) : begun;
    ASSERT_FALSE(fed.has_value()) << "split at " << first;
    EXPECT_EQ(fed.error().kind, ErrorKind::invalid);
  }
}

TEST(BodyEndTest, WhereAChunkedAnswerIsSplitMakesNoDifference) {
  for (const std::string_view body : kBodies) {
    const std::string answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body);
    for (std::size_t first = 0; first <= answer.size(); ++first) {
      AnswerParser parser;
      parser.Begin("GET", 1000);
      FeedSplit(answer, first, [&](std::string_view bytes) { return parser.Feed(bytes).value(); });
      EXPECT_TRUE(parser.done()) << answer << " split at " << first;
    }
  }
}

/// How an answer whose body may have 4 bytes fails when it comes in two pieces and its sender closes; nullopt = not at all.
std::optional<ErrorKind> FailureSplitAt(std::string_view answer, std::size_t first) {
  AnswerParser parser;
  parser.Begin("GET", 4);
  std::string input;
  for (const std::string_view piece : {answer.substr(0, first), answer.substr(first)}) {
    input += piece;
    const Result<std::size_t> used = parser.Feed(input);
    if (!used) return used.error().kind;
    input.erase(0, *used);
  }
  if (parser.done()) return std::nullopt;
  return parser.End().error().kind;
}

// Findings of the fuzzer: in one piece the body was too long, in two the answer was cut short.
TEST(BodyEndTest, WhereAChunkedAnswerIsSplitMakesNoDifferenceToHowItFails) {
  for (const std::string_view size : {"ffffffffffffffff", "20e", "5", "1"}) {
    for (const std::string_view body : {"", "x", "xyzab", "xyz\r\n\r\n", "x\r\n0\r\n\r\n"}) {
      const std::string answer =
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(size) + "\r\n" + std::string(body);
      const std::optional<ErrorKind> whole = FailureSplitAt(answer, answer.size());
      for (std::size_t first = 0; first < answer.size(); ++first) {
        EXPECT_EQ(FailureSplitAt(answer, first), whole) << answer << " split at " << first;
      }
    }
  }
}

TEST(BodyEndTest, AChunkThatSaysItIsTooLongIsRefusedBeforeItComes) {
  AnswerParser parser;
  parser.Begin("GET", 4);
  const auto fed = parser.Feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\n");
  ASSERT_FALSE(fed.has_value());
  EXPECT_EQ(fed.error().kind, ErrorKind::too_large);
}

}  // namespace
}  // namespace rowcall::net

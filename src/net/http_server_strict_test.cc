// What request smuggling is made of, and every limit: answered with a small problem document, then the connection ends.

#include <gtest/gtest.h>

#include <atomic>

#include "net/test_peer.h"
#include "net/test_server.h"

namespace rowcall::net {
namespace {

constexpr std::string_view kSmuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::size_t kMaxBody = 1 << 20;

int StatusOfFailure(ErrorKind kind) { return kind == ErrorKind::too_large ? 413 : 400; }

/// A server that notes what it was asked for.
class StrictServer {
 public:
  TestServer server{[this](ServerRequest& request) -> async::Task<ServerAnswer> {
                      ++requests;
                      if (request.path == "/smuggled") smuggled = true;
                      for (;;) {
                        const Result<std::string_view> piece = co_await request.body->Next();
                        ServerAnswer answer;
                        if (!piece) answer.status = StatusOfFailure(piece.error().kind);
                        if (!piece || piece->empty()) co_return answer;
                        body_bytes += piece->size();
                      }
                    },
                    {.max_body_bytes = kMaxBody}};
  std::atomic<int> requests = 0;
  std::atomic<bool> smuggled = false;
  std::atomic<std::size_t> body_bytes = 0;

  /// All that comes back for `bytes`, until the server ends the connection; which it must.
  std::string AnswerThatEnds(std::string_view bytes) const {
    const RawSocket client = RawSocket::ConnectTo(server.port());
    client.Send(bytes);
    std::string answer = client.ReadToEnd();
    EXPECT_TRUE(client.PeerHasEnded());
    return answer;
  }
};

/// Exactly one answer, of that status, which says that it is the last.
void ExpectLastAnswer(const std::string& answer, int status) {
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + std::to_string(status) + " ")) << answer;
  EXPECT_EQ(answer.rfind("HTTP/1.1 "), 0u) << answer;
  EXPECT_TRUE(answer.contains("\r\nConnection: close\r\n")) << answer;
}

struct SmugglingCase {
  const char* name;
  std::string bytes;
  int handled = 0;  // how often a handler may have seen it
};

class SmugglingTest : public testing::TestWithParam<SmugglingCase> {};

TEST_P(SmugglingTest, Is400AndTheConnectionEndsBeforeTheNextRequest) {
  StrictServer strict;
  ExpectLastAnswer(strict.AnswerThatEnds(GetParam().bytes + std::string(kSmuggled)), 400);
  EXPECT_EQ(strict.requests, GetParam().handled);
  EXPECT_FALSE(strict.smuggled);
}

std::string NameOfCase(const testing::TestParamInfo<SmugglingCase>& info) { return info.param.name; }

std::string Head(std::string_view fields) { return "POST / HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n"; }

INSTANTIATE_TEST_SUITE_P(
    Framing, SmugglingTest,
    testing::Values(SmugglingCase{"LengthThenChunked", Head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")},
                    SmugglingCase{"ChunkedThenLength", Head("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")},
                    SmugglingCase{"SameLengthTwice", Head("Content-Length: 5\r\nContent-Length: 5\r\n")},
                    SmugglingCase{"TwoLengths", Head("Content-Length: 5\r\nContent-Length: 6\r\n")},
                    SmugglingCase{"ListOfLengths", Head("Content-Length: 5, 5\r\n")},
                    SmugglingCase{"LengthWithComma", Head("Content-Length: 5,\r\n")},
                    SmugglingCase{"LengthWithPlus", Head("Content-Length: +5\r\n")},
                    SmugglingCase{"NegativeLength", Head("Content-Length: -1\r\n")},
                    SmugglingCase{"HexLength", Head("Content-Length: 0x5\r\n")},
                    SmugglingCase{"LengthWithBlank", Head("Content-Length: 5 6\r\n")},
                    SmugglingCase{"EmptyLength", Head("Content-Length:\r\n")},
                    SmugglingCase{"LengthInWords", Head("Content-Length: five\r\n")},
                    SmugglingCase{"LengthBeyond64Bits", Head("Content-Length: 99999999999999999999\r\n")},
                    SmugglingCase{"Xchunked", Head("Transfer-Encoding: xchunked\r\n")},
                    SmugglingCase{"Gzip", Head("Transfer-Encoding: gzip\r\n")},
                    SmugglingCase{"GzipThenChunked", Head("Transfer-Encoding: gzip, chunked\r\n")},
                    SmugglingCase{"ChunkedThenIdentity", Head("Transfer-Encoding: chunked, identity\r\n")},
                    SmugglingCase{"ChunkedListedTwice", Head("Transfer-Encoding: chunked, chunked\r\n")},
                    SmugglingCase{"ChunkedTwice", Head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
                    SmugglingCase{"IdentityAndChunked",
                                  Head("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n")},
                    SmugglingCase{"QuotedChunked", Head("Transfer-Encoding: \"chunked\"\r\n")},
                    SmugglingCase{"ChunkedBehindVerticalTab", Head("Transfer-Encoding: \x0b"
                                                                   "chunked\r\n")},
                    SmugglingCase{"EmptyEncoding", Head("Transfer-Encoding:\r\n")},
                    SmugglingCase{"ChunkedWithParameter", Head("Transfer-Encoding: chunked;q=1\r\n")},
                    SmugglingCase{"ChunkedInHttp10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"}),
    NameOfCase);

INSTANTIATE_TEST_SUITE_P(Lines, SmugglingTest,
                         testing::Values(SmugglingCase{"BlankBeforeColon", Head("Transfer-Encoding : chunked\r\n")},
                                         SmugglingCase{"TabBeforeColon", Head("Content-Length\t: 5\r\n")},
                                         SmugglingCase{"FoldedByBlank", Head("X: a\r\n b\r\n")},
                                         SmugglingCase{"FoldedByTab", Head("X: a\r\n\tb\r\n")},
                                         SmugglingCase{"FoldedEncoding", Head("Transfer-Encoding:\r\n chunked\r\n")},
                                         SmugglingCase{"FoldedFirstField", "POST / HTTP/1.1\r\n Host: h\r\n\r\n"},
                                         SmugglingCase{"BareLf", Head("X: a\nContent-Length: 5\r\n")},
                                         SmugglingCase{"OnlyBareLfs", "POST / HTTP/1.1\nHost: h\n\n"},
                                         SmugglingCase{"BareLfFirst", "\nGET / HTTP/1.1\r\n"},
                                         SmugglingCase{"BareCr", Head("X: a\rContent-Length: 5\r\n")},
                                         SmugglingCase{"NulInValue", Head(std::string("X: a\0b\r\n", 8))},
                                         SmugglingCase{"NulInName", Head(std::string("X\0: a\r\n", 7))},
                                         SmugglingCase{"Delete", Head("X: a\x7f\r\n")},
                                         SmugglingCase{"NoColon", Head("no colon\r\n")},
                                         SmugglingCase{"NoName", Head(": x\r\n")},
                                         SmugglingCase{"NameWithBracket", Head("X(: y\r\n")},
                                         SmugglingCase{"NameBeyondAscii", Head("\xc3\xa9: y\r\n")}),
                         NameOfCase);

INSTANTIATE_TEST_SUITE_P(
    Hosts, SmugglingTest,
    testing::Values(SmugglingCase{"NoHost", "POST / HTTP/1.1\r\n\r\n"},
                    SmugglingCase{"TwoHosts", "POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
                    SmugglingCase{"SameHostTwice", "POST / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
                    SmugglingCase{"ListOfHosts", "POST / HTTP/1.1\r\nHost: a, b\r\n\r\n"},
                    SmugglingCase{"HostWithPath", "POST / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
                    SmugglingCase{"HostWithUser", "POST / HTTP/1.1\r\nHost: a@b\r\n\r\n"},
                    SmugglingCase{"AddressOfAnotherHost", "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n"},
                    SmugglingCase{"AddressOfAnotherPort", "GET http://a:1/ HTTP/1.1\r\nHost: a\r\n\r\n"},
                    SmugglingCase{"AddressWithUser", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
                    SmugglingCase{"AddressWithoutHost", "GET http:/// HTTP/1.1\r\nHost:\r\n\r\n"},
                    SmugglingCase{"AddressOfAnotherScheme", "GET file://a/etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n"},
                    SmugglingCase{"AddressBehindPath", "GET x?http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
                    SmugglingCase{"HostAndPort", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"}),
    NameOfCase);

INSTANTIATE_TEST_SUITE_P(RequestLine, SmugglingTest,
                         testing::Values(SmugglingCase{"NoVersion", "GET /\r\nHost: h\r\n\r\n"},
                                         SmugglingCase{"Http2", "GET / HTTP/2.0\r\nHost: h\r\n\r\n"},
                                         SmugglingCase{"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
                                         SmugglingCase{"BlankBehind", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n"},
                                         SmugglingCase{"TwoBlanks", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"},
                                         SmugglingCase{"Tab", "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n"},
                                         SmugglingCase{"BlankBefore", " GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
                                         SmugglingCase{"MethodWithAt", "G@T / HTTP/1.1\r\nHost: h\r\n\r\n"},
                                         SmugglingCase{"SmallHttp", "GET / http/1.1\r\nHost: h\r\n\r\n"},
                                         SmugglingCase{"BadPercent", "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n"},
                                         SmugglingCase{"HalfPercent", "GET /% HTTP/1.1\r\nHost: h\r\n\r\n"},
                                         SmugglingCase{"NoSlash", "GET path HTTP/1.1\r\nHost: h\r\n\r\n"},
                                         SmugglingCase{"BlankInPath", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"},
                                         SmugglingCase{"NulInPath",
                                                       std::string("GET /a\0b HTTP/1.1\r\nHost: h\r\n\r\n", 30)},
                                         SmugglingCase{"Tls", "\x16\x03\x01\x02\r\n\r\n"}),
                         NameOfCase);

SmugglingCase InChunks(const char* name, const std::string& body) {
  return {name, Head("Transfer-Encoding: chunked\r\n") + body + "\r\n\r\n", 1};
}

INSTANTIATE_TEST_SUITE_P(
    Chunks, SmugglingTest,
    testing::Values(
        InChunks("HexPrefix", "0x5\r\nhello\r\n0"), InChunks("NoSize", "g\r\n"),
        InChunks("NegativeSize", "-5\r\nhello\r\n0"), InChunks("PlusSize", "+5\r\nhello\r\n0"),
        InChunks("BlankBeforeSize", " 5\r\nhello\r\n0"), InChunks("UnderscoreInSize", "5_0\r\nhello\r\n0"),
        InChunks("SizeBeyond64Bits", "fffffffffffffffff\r\nx"), InChunks("BareLfBehindSize", "5\nhello\r\n0"),
        InChunks("NoCrLfBehindData", "5\r\nhelloX\r\n0"), InChunks("BareLfBehindData", "5\r\nhello\n0"),
        InChunks("LfInExtension", "5;a=\"\n\"\r\nhello\r\n0"), InChunks("CrInExtension", "5;a=\"\r\"\r\nhello\r\n0"),
        InChunks("NulInExtension", std::string("5;a=\0\r\nhello\r\n0", 15)),
        InChunks("ExtensionWithoutSemicolon", "5 x\r\nhello\r\n0"), InChunks("EmptyLineFirst", "\r\n5\r\nhello\r\n0"),
        InChunks("ExtensionOf1MB", "5;" + std::string(1 << 20, 'a'))),
    NameOfCase);

INSTANTIATE_TEST_SUITE_P(
    Trailers, SmugglingTest,
    testing::Values(InChunks("Length", "0\r\nContent-Length: 40"),
                    InChunks("Encoding", "0\r\nTransfer-Encoding: chunked"), InChunks("Host", "0\r\nHost: other"),
                    InChunks("Folded", "5\r\nhello\r\n0\r\n bad: trailer"), InChunks("NoColon", "0\r\nno colon"),
                    InChunks("BlankBeforeColon", "0\r\nX : y"), InChunks("BareLf", "0\r\nX: y\nZ: y"),
                    InChunks("Nul", std::string("0\r\nX: \0", 7)),
                    InChunks("Of1MB", "0\r\nX: " + std::string(1 << 20, 'a'))),
    NameOfCase);

std::string Pad(std::size_t size) { return std::string(size, 'x'); }

/// A field whose line has `size` bytes, its CR LF not counted.
std::string FieldOf(std::size_t size) { return "X: " + Pad(size - 3) + "\r\n"; }

std::string Times(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

TEST(ServerLimitsTest, ATargetAbove8KiBIsRefusedWith414) {
  StrictServer strict;
  ExpectLastAnswer(strict.AnswerThatEnds("GET /" + Pad(8192) + " HTTP/1.1\r\nHost: h\r\n\r\n"), 414);
  ExpectLastAnswer(strict.AnswerThatEnds("GET /" + Pad(100'000)), 414);
  EXPECT_EQ(strict.requests, 0);
  ExpectLastAnswer(strict.AnswerThatEnds("GET /" + Pad(8191) + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
                   200);
}

TEST(ServerLimitsTest, AHeaderLineAbove8KiBIsRefusedWith431) {
  StrictServer strict;
  ExpectLastAnswer(strict.AnswerThatEnds(Head(FieldOf(8192))), 431);
  ExpectLastAnswer(strict.AnswerThatEnds("GET / HTTP/1.1\r\nX: " + Pad(1 << 20)), 431);
  EXPECT_EQ(strict.requests, 0);
  ExpectLastAnswer(strict.AnswerThatEnds(Head("Connection: close\r\n" + FieldOf(8191))), 200);
}

TEST(ServerLimitsTest, AHeaderAbove64KiBIsRefusedWith431) {
  StrictServer strict;
  ExpectLastAnswer(strict.AnswerThatEnds(Head(Times(9, FieldOf(8000)))), 431);
  EXPECT_EQ(strict.requests, 0);
  ExpectLastAnswer(strict.AnswerThatEnds(Head("Connection: close\r\n" + Times(8, FieldOf(8000)))), 200);
}

TEST(ServerLimitsTest, MoreThan100FieldsAreRefusedWith431) {
  StrictServer strict;
  ExpectLastAnswer(strict.AnswerThatEnds(Head(Times(100, "X: y\r\n"))), 431);  // and Host
  EXPECT_EQ(strict.requests, 0);
  ExpectLastAnswer(strict.AnswerThatEnds(Head("Connection: close\r\n" + Times(98, "X: y\r\n"))), 200);
}

TEST(ServerLimitsTest, ABodyThatSaysItIsAboveTheQuotaIsRefusedUnreadWith413) {
  StrictServer strict;
  const std::string length = "Content-Length: " + std::to_string(kMaxBody + 1) + "\r\n";
  ExpectLastAnswer(strict.AnswerThatEnds(Head(length)), 413);
  ExpectLastAnswer(strict.AnswerThatEnds(Head(length + "Expect: 100-continue\r\n")), 413);
  EXPECT_EQ(strict.requests, 0);
}

TEST(ServerLimitsTest, ABodyOfExactlyTheQuotaIsRead) {
  StrictServer strict;
  const std::string head = Head("Connection: close\r\nContent-Length: " + std::to_string(kMaxBody) + "\r\n");
  ExpectLastAnswer(strict.AnswerThatEnds(head + Pad(kMaxBody)), 200);
  EXPECT_EQ(strict.body_bytes, kMaxBody);
}

TEST(ServerLimitsTest, AChunkedBodyWithoutEndFailsAtTheQuotaWith413) {
  StrictServer strict;
  const std::string chunk = "10000\r\n" + Pad(0x10000) + "\r\n";
  ExpectLastAnswer(strict.AnswerThatEnds(Head("Transfer-Encoding: chunked\r\n") + Times(40, chunk)), 413);
  EXPECT_EQ(strict.body_bytes, kMaxBody);
}

TEST(ServerLimitsTest, AChunkThatSaysItIsAboveTheQuotaFailsUnreadWith413) {
  StrictServer strict;
  ExpectLastAnswer(strict.AnswerThatEnds(Head("Transfer-Encoding: chunked\r\n") + "ffffffffffffffff\r\n"), 413);
  EXPECT_EQ(strict.body_bytes, 0u);
}

}  // namespace
}  // namespace rowcall::net

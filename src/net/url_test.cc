#include "net/url.h"

#include <gtest/gtest.h>

namespace rowcall::net {
namespace {

TEST(UrlTest, PartsAreTakenApart) {
  const Result<Url> url = ParseUrl("HTTPS://Api.Example.COM/a/b?c=%20d");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "api.example.com");
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->target, "/a/b?c=%20d");
  EXPECT_EQ(url->Origin(), "https://api.example.com:443");
  EXPECT_EQ(url->HostHeader(), "api.example.com");
}

TEST(UrlTest, APortThatIsNotTheSchemesOwnStandsInTheHostHeader) {
  EXPECT_EQ(ParseUrl("http://h:443/")->HostHeader(), "h:443");
  EXPECT_EQ(ParseUrl("http://h:80/")->HostHeader(), "h");
}

TEST(UrlTest, AnIpv6HostLosesItsBracketsAndGetsThemBack) {
  const Result<Url> url = ParseUrl("http://[2001:DB8::1]:8080");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "2001:db8::1");
  EXPECT_EQ(url->HostHeader(), "[2001:db8::1]:8080");
  EXPECT_EQ(url->Origin(), "http://[2001:db8::1]:8080");
}

TEST(UrlTest, TheTargetIsNeverEmpty) {
  EXPECT_EQ(ParseUrl("http://h")->target, "/");
  EXPECT_EQ(ParseUrl("http://h?q")->target, "/?q");
}

TEST(UrlTest, OddSpellingsOfAddressesAreLeftToTheGuard) {
  for (const char* host : {"127.1", "2130706433", "0x7f.1", "017700000001", "0"}) {
    EXPECT_TRUE(ParseUrl("http://" + std::string(host) + "/")) << host;
  }
}

TEST(UrlTest, AHostHas253CharactersAtMost) {
  EXPECT_TRUE(ParseUrl("https://" + std::string(253, 'h') + "/"));
  for (const std::string& host : {std::string(254, 'h'), std::string(300, '0') + "177.0.0.1:443"}) {
    const Result<Url> url = ParseUrl("https://" + host + "/");
    ASSERT_FALSE(url) << host;
    EXPECT_EQ(url.error().kind, ErrorKind::invalid);
  }
}

class RefusedUrlTest : public testing::TestWithParam<std::string> {};

TEST_P(RefusedUrlTest, IsInvalidAndNotRepeatedInTheMessage) {
  const Result<Url> url = ParseUrl(GetParam());
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().kind, ErrorKind::invalid);
  EXPECT_FALSE(url.error().message.contains("sesame"));
}

INSTANTIATE_TEST_SUITE_P(
    Vectors, RefusedUrlTest,
    testing::Values("", "http:", "http:/h", "//h/", "h/path", "ftp://h/", "file:///etc/passwd", "gopher://h/",
                    "javascript://h/", "http://", "http:///path", "http://:80/", "http://user@h/",
                    "http://user:sesame@h/", "http://h@/", "http://a\\@b/", "http://h\\path", "http://h/a b",
                    "http://h/a\tb", "http://h/\r\nX: y", "http://h\n/", " http://h/", "http://h/ ",
                    std::string("http://h/\0x", 11), "http://h/\x7f", "http://h:0/", "http://h:65536/", "http://h:/",
                    "http://h:8o/", "http://h:-1/", "http://h:80:80/", "http://[::1/", "http://::1/", "http://[]/",
                    "http://[127.0.0.1]/", "http://[::1]x/", "http://[fe80::1%25eth0]/", "http://h.example./",
                    "http://.h/", "http://exa%6dple.com/",
                    "http://b\xc3\xbc"
                    "cher.example/",
                    "http://\xef\xbc\x91.0.0.1/", "http://h/\xc3\xbc?sesame", "http://h,i/", "http://h'/",
                    "http://h;x/", "http://h#@sesame/", "http://h/#", "http://h?q#f", "http://h:80#@sesame:81/"));

TEST(PercentDecodeTest, EscapesAreUndone) {
  EXPECT_EQ(*PercentDecode("a%41%2f%00b+", false), std::string("aA/\0b+", 6));
  EXPECT_EQ(*PercentDecode("a+b%2B", true), "a b+");
}

TEST(PercentDecodeTest, ABrokenEscapeIsInvalid) {
  for (const char* text : {"%", "%4", "%4g", "%g4", "a%", "%%41"}) {
    EXPECT_FALSE(PercentDecode(text, false)) << text;
  }
}

}  // namespace
}  // namespace rowcall::net

#include "base/secret.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <ostream>

namespace rowcall {
namespace {

template <typename T>
concept Streamed = requires(std::ostream& out, const T& value) { out << value; };

static_assert(Streamed<std::string> && fmt::is_formattable<std::string>::value);
static_assert(!Streamed<Secret> && !fmt::is_formattable<Secret>::value);
static_assert(!std::is_convertible_v<Secret, std::string_view> && !std::is_convertible_v<std::string, Secret>);

constexpr char kShort[] = "short-token";  // fits into the string object itself

/// Whether the object's own bytes hold the token, from its second byte on: an emptied string marks its first.
bool Holds(const void* object) {
  const std::string_view bytes(static_cast<const char*>(object), sizeof(Secret));
  return bytes.contains(std::string_view(kShort).substr(1));
}

TEST(SecretTest, AShortTextIsWipedWhereItWasMovedFrom) {
  std::string texts[] = {kShort};
  Secret secrets[] = {Secret(std::move(texts[0])), Secret()};
  EXPECT_FALSE(Holds(&texts[0]));
  EXPECT_TRUE(Holds(&secrets[0]));
  secrets[1] = std::move(secrets[0]);
  EXPECT_FALSE(Holds(&secrets[0]));
  const Secret last(std::move(secrets[1]));
  EXPECT_FALSE(Holds(&secrets[1]));
  EXPECT_EQ(last.Reveal(), kShort);
}

TEST(SecretTest, ItsTextIsWipedWhenItEndsOrIsReplaced) {
  alignas(Secret) std::byte place[sizeof(Secret)];
  auto* secret = new (place) Secret(std::string(kShort));
  *secret = Secret(std::string("x"));
  EXPECT_FALSE(Holds(place));
  *secret = Secret(std::string(kShort));
  EXPECT_TRUE(Holds(place));
  std::destroy_at(secret);
  EXPECT_FALSE(Holds(place));
}

TEST(SecretTest, ACopyStandsForItself) {
  Secret copy;
  {
    const Secret original(std::string(100, 's'));
    copy = original;
  }
  Secret& same = copy;
  copy = same;
  EXPECT_EQ(copy.Reveal(), std::string(100, 's'));
  copy = std::move(same);
  EXPECT_FALSE(copy.empty());
}

}  // namespace
}  // namespace rowcall

#include "base/crypto.h"

#include <gtest/gtest.h>

namespace rowcall {
namespace {

// The values are those that the standards publish.

TEST(CryptoTest, Sha256OfAbcIsThatOfFips180) {
  constexpr char kDigest[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_EQ(Hex(Bytes(Sha256Of("abc"))), kDigest);
  Sha256 pieces;
  pieces.Update("a");
  pieces.Update("");
  pieces.Update("bc");
  EXPECT_EQ(Hex(Bytes(pieces.Finish())), kDigest);
}

TEST(CryptoTest, HmacSha256IsThatOfRfc4231Case2) {
  EXPECT_EQ(Hex(Bytes(HmacSha256("Jefe", "what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(CryptoTest, Crc32cIsThatOfTheCastagnoliPolynomialInOnePieceOrMore) {
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(Crc32c("6789", Crc32c("12345")), 0xE3069283u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8A9136AAu) << "RFC 3720";
}

TEST(CryptoTest, Base64IsThatOfRfc4648AndNothingElseIsRead) {
  EXPECT_EQ(Base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(*DecodeBase64("Zm9vYmE="), "fooba");
  EXPECT_EQ(*DecodeBase64(""), "");
  for (const char* bad : {"Zm9vYmE", "Zm9vYmF=", "Zm9v YmE=", "Zm9vYmE=x", "Zm-_"}) {
    EXPECT_FALSE(DecodeBase64(bad).has_value()) << bad;
  }
}

TEST(CryptoTest, TextsAreEqualOnlyByteForByte) {
  EXPECT_TRUE(EqualInConstantTime("token", "token"));
  EXPECT_FALSE(EqualInConstantTime("token", "tokem"));
  EXPECT_FALSE(EqualInConstantTime("token", "token "));
}

TEST(CryptoTest, RandomBytesDoNotRepeat) { EXPECT_NE(RandomBytes(16), RandomBytes(16)); }

}  // namespace
}  // namespace rowcall

#include "base/crypto.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include "base/assert.h"

namespace rowcall {

namespace {

const unsigned char* Raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

}  // namespace

// The algorithm is fetched once: an implicit fetch in each EVP_DigestInit is slow in OpenSSL 3.0.
static const EVP_MD* Sha256Algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  ROWCALL_ASSERT(EVP_DigestInit_ex(state_->context, Sha256Algorithm(), nullptr) == 1);
}

Sha256::~Sha256() = default;

void Sha256::Update(std::string_view bytes) {
  ROWCALL_ASSERT(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

Sha256Digest Sha256::Finish() {
  Sha256Digest digest;
  ROWCALL_ASSERT(EVP_DigestFinal_ex(state_->context, digest.data(), nullptr) == 1);
  return digest;
}

Sha256Digest Sha256Of(std::string_view bytes) {
  Sha256 hash;
  hash.Update(bytes);
  return hash.Finish();
}

Sha256Digest HmacSha256(std::string_view key, std::string_view message) {
  Sha256Digest digest;
  unsigned int size = digest.size();
  ROWCALL_ASSERT(HMAC(Sha256Algorithm(), key.data(), static_cast<int>(key.size()), Raw(message), message.size(),
                      digest.data(), &size) != nullptr);
  return digest;
}

bool EqualInConstantTime(std::string_view a, std::string_view b) {
  // Hashing first makes the lengths equal, so that not even the length shows in the time.
  const Sha256Digest a_digest = Sha256Of(a);
  const Sha256Digest b_digest = Sha256Of(b);
  return sodium_memcmp(a_digest.data(), b_digest.data(), a_digest.size()) == 0;
}

std::string RandomBytes(std::size_t count) {
  static const bool ready = sodium_init() >= 0;
  ROWCALL_ASSERT(ready);
  std::string bytes(count, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

std::string Base64(std::string_view bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), Raw(bytes), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the terminating zero
  return text;
}

Result<std::string> DecodeBase64(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  const int status = sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                                       text.size(), nullptr, &size, &end, sodium_base64_VARIANT_ORIGINAL);
  if (status != 0 || end != text.data() + text.size()) return Fail(ErrorKind::invalid, "not valid Base64");
  bytes.resize(size);
  return bytes;
}

std::string Hex(std::string_view bytes) {
  std::string text(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), Raw(bytes), bytes.size());
  text.pop_back();
  return text;
}

}  // namespace rowcall

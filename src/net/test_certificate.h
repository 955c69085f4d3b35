#pragma once

// For tests only, of this and of higher folders: keys and certificates made on the spot.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace rowcall::net {

struct FreeTls {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using Certificate = std::unique_ptr<X509, FreeTls>;
using Key = std::unique_ptr<EVP_PKEY, FreeTls>;

inline Key MakeKey() { return Key(EVP_EC_gen("P-256")); }
inline Key MakeRsaKey() { return Key(EVP_RSA_gen(2048)); }

inline void AddExtension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  ASSERT_NE(extension, nullptr) << value;
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// In seconds from now.
struct Validity {
  long from = -3600;
  long to = 3600;
};

/// A certificate over `key` for `names` ("DNS:localhost,IP:127.0.0.1"); without an issuer it is an authority that signs
/// itself.
inline Certificate MakeCertificate(EVP_PKEY* key, const std::string& common_name, X509* issuer, EVP_PKEY* issuer_key,
                                   const std::string& names, Validity validity = {}) {
  Certificate made(X509_new());
  X509* const raw = made.get();
  X509_set_version(raw, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(raw), issuer == nullptr ? 1 : 2);
  X509_gmtime_adj(X509_getm_notBefore(raw), validity.from);
  X509_gmtime_adj(X509_getm_notAfter(raw), validity.to);
  X509_set_pubkey(raw, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  X509_set_issuer_name(raw, X509_get_subject_name(issuer == nullptr ? raw : issuer));
  AddExtension(raw, issuer == nullptr ? raw : issuer, NID_basic_constraints,
               issuer == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
  if (!names.empty()) AddExtension(raw, issuer == nullptr ? raw : issuer, NID_subject_alt_name, names);
  EXPECT_GT(X509_sign(raw, issuer_key == nullptr ? key : issuer_key, EVP_sha256()), 0);
  return made;
}

inline void WriteCertificates(const std::string& path, const std::vector<X509*>& certificates) {
  FILE* const file = std::fopen(path.c_str(), "w");
  for (X509* const certificate : certificates) PEM_write_X509(file, certificate);
  std::fclose(file);
}

/// With mode 0600. A passphrase seals the key.
inline void WriteKey(const std::string& path, EVP_PKEY* key, const char* passphrase = nullptr) {
  FILE* const file = fdopen(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), "w");
  PEM_write_PKCS8PrivateKey(file, key, passphrase == nullptr ? nullptr : EVP_aes_256_cbc(), passphrase,
                            passphrase == nullptr ? 0 : static_cast<int>(std::char_traits<char>::length(passphrase)),
                            nullptr, nullptr);
  std::fclose(file);
}

}  // namespace rowcall::net

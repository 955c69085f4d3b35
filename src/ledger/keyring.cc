#include "ledger/keyring.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/assert.h"
#include "base/crypto.h"
#include "base/text.h"

namespace rowcall::ledger {

namespace {

// A record: format (1 byte), key id, nonce, ciphertext with its tag. The tag covers format, key id and place too.
constexpr char kFormat = 1;
constexpr std::size_t kKeyIdBytes = 8;
constexpr std::size_t kHeaderBytes = 1 + kKeyIdBytes;
constexpr std::size_t kKeyBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* Raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* Raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<Error> CannotUse(const std::string& path, int reason) {
  return Fail(ErrorKind::unavailable, path + ": the key file cannot be used: " + std::strerror(reason));
}

Result<std::vector<Secret>> ReadKeys(const std::string& path, int fd) {
  struct stat about{};
  if (fstat(fd, &about) != 0) return CannotUse(path, errno);
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Fail(ErrorKind::forbidden, path + ": other users may read this key file", "Run: chmod 600 " + path);
  }
  std::array<char, 128> text{};
  const ssize_t size = read(fd, text.data(), text.size());
  if (size < 0) return CannotUse(path, errno);
  std::string_view lines(text.data(), static_cast<std::size_t>(size));
  if (lines.ends_with('\n')) lines.remove_suffix(1);
  std::vector<Secret> keys;
  bool good = true;
  for (const std::string_view line : Split(lines, '\n')) {
    auto key = DecodeBase64(line);
    good = good && key && key->size() == kKeyBytes;
    if (good) keys.emplace_back(*std::move(key));
  }
  sodium_memzero(text.data(), text.size());
  if (good) return keys;
  return Fail(ErrorKind::corrupt, path + ": is not a key file", "Restore it: without it no stored secret can be read.");
}

// Writes the file under a name of its own first: a key file is there whole or not at all.
Result<void> WriteKeys(const std::string& path, const std::vector<Secret>& keys) {
  std::string lines;
  for (const Secret& key : keys) lines += Base64(key.Reveal()) + "\n";
  const Secret text(std::move(lines));
  const std::string draft = path + ".new";
  const File file(open(draft.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600));
  const auto size = static_cast<ssize_t>(text.Reveal().size());
  if (file.fd() < 0 || fchmod(file.fd(), 0600) != 0 ||
      write(file.fd(), text.Reveal().data(), text.Reveal().size()) != size || fsync(file.fd()) != 0 ||
      rename(draft.c_str(), path.c_str()) != 0) {
    return CannotUse(path, errno);
  }
  const auto parent = std::filesystem::path(path).parent_path();
  const File folder(open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.fd() < 0 || fsync(folder.fd()) != 0) return CannotUse(path, errno);
  return {};
}

std::string AssociatedData(std::string_view header, std::string_view place) {
  return std::string(header).append(place);
}

}  // namespace

Result<std::unique_ptr<Keyring>> Keyring::Read(const std::string& path) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd() < 0 && errno == ENOENT) return Fail(ErrorKind::not_found, path + ": there is no such key file");
  if (file.fd() < 0) return CannotUse(path, errno);
  ASSIGN_OR_RETURN(std::vector<Secret> keys, ReadKeys(path, file.fd()));
  return std::unique_ptr<Keyring>(new Keyring(std::move(keys)));
}

Result<std::unique_ptr<Keyring>> Keyring::OpenOrCreate(const std::string& path) {
  auto keyring = Read(path);
  if (keyring || keyring.error().kind != ErrorKind::not_found) return keyring;
  return Write(path, {Secret(RandomBytes(kKeyBytes))});
}

Result<std::unique_ptr<Keyring>> Keyring::Write(const std::string& path, std::vector<Secret> keys) {
  RETURN_IF_ERROR(WriteKeys(path, keys));
  return std::unique_ptr<Keyring>(new Keyring(std::move(keys)));
}

Result<std::unique_ptr<Keyring>> Keyring::WithNewKey(const std::string& path) const {
  std::vector<Secret> keys{Secret(RandomBytes(kKeyBytes))};
  for (const Key& key : keys_) keys.push_back(key.bytes);
  return Write(path, std::move(keys));
}

Result<void> Keyring::KeepSealingKeyOnly(const std::string& path) const {
  return WriteKeys(path, {keys_.front().bytes});
}

Keyring::Key::Key(Secret bytes_given)
    : bytes(std::move(bytes_given)), id(Bytes(HmacSha256(bytes.Reveal(), "rowcall key id")).substr(0, kKeyIdBytes)) {}

Keyring::Keyring(std::vector<Secret> keys) {
  for (Secret& key : keys) keys_.emplace_back(std::move(key));
}

std::string Keyring::Seal(const Secret& secret, std::string_view place) const {
  const std::string_view text = secret.Reveal();
  const Key& key = keys_.front();
  std::string sealed = kFormat + key.id + RandomBytes(kNonceBytes);
  const std::string bound = AssociatedData(std::string_view(sealed).substr(0, kHeaderBytes), place);
  const std::size_t body = sealed.size();
  sealed.resize(body + text.size() + kTagBytes);
  unsigned char* bytes = Raw(sealed);
  ROWCALL_ASSERT(crypto_aead_xchacha20poly1305_ietf_encrypt(bytes + body, nullptr, Raw(text), text.size(),
                                                            Raw(std::string_view(bound)), bound.size(), nullptr,
                                                            bytes + kHeaderBytes, Raw(key.bytes.Reveal())) == 0);
  return sealed;
}

Result<Secret> Keyring::Open(std::string_view sealed, std::string_view place) const {
  const auto failed = [&](const char* why) {
    return Fail(ErrorKind::corrupt, "the sealed secret at " + std::string(place) + " cannot be opened: " + why,
                "Restore the key file and the catalogue from the same backup, or set the secret anew.");
  };
  if (sealed.size() < kHeaderBytes + kNonceBytes + kTagBytes || sealed.front() != kFormat) {
    return failed("it is not a sealed record");
  }
  const std::string_view header = sealed.substr(0, kHeaderBytes);
  const auto key = std::ranges::find(keys_, header.substr(1), &Key::id);
  if (key == keys_.end()) return failed("it was sealed with another key");
  const std::string bound = AssociatedData(header, place);
  const std::string_view nonce = sealed.substr(kHeaderBytes, kNonceBytes);
  const std::string_view body = sealed.substr(kHeaderBytes + kNonceBytes);
  std::string text(body.size() - kTagBytes, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(Raw(text), nullptr, nullptr, Raw(body), body.size(),
                                                 Raw(std::string_view(bound)), bound.size(), Raw(nonce),
                                                 Raw(key->bytes.Reveal())) != 0) {
    return failed("it was changed, or moved from another place");
  }
  return Secret(std::move(text));
}

bool Keyring::IsOfSealingKey(std::string_view sealed) const {
  return sealed.size() > kHeaderBytes && sealed.substr(1, kKeyIdBytes) == keys_.front().id;
}

}  // namespace rowcall::ledger

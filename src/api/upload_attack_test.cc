// Forms that no honest client sends: refused by name, and nothing of them is left.

#include <algorithm>

#include "api/test_rig.h"

namespace rowcall::api {
namespace {

constexpr char kFormType[] = "multipart/form-data; boundary=x";
constexpr char kFormEnd[] = "--x--\r\n";

/// A part that is called `name`; `more` stands behind that in its Content-Disposition.
std::string PartOf(const std::string& name, const std::string& body, const std::string& more = "") {
  return "--x\r\nContent-Disposition: form-data; name=\"" + name + "\"" + more + "\r\n\r\n" + body + "\r\n";
}

std::string GoodFile(const std::string& more = "; filename=\"people.csv\"") {
  return PartOf("file", "mail\nann@x.test\n", more);
}

struct FormAttack {
  const char* name;
  int status;
  std::string type;
  std::string body;
};

std::vector<FormAttack> FormAttacks() {
  std::string many_parts;
  for (int i = 0; i < 100'000; ++i) many_parts += PartOf("p", "");
  const std::string mb(1 << 20, 'a');
  return {
      {"a hundred thousand parts", 413, kFormType, GoodFile() + many_parts + kFormEnd},
      {"no boundary", 400, "multipart/form-data", GoodFile() + kFormEnd},
      {"an empty boundary", 400, "multipart/form-data; boundary=", GoodFile() + kFormEnd},
      {"a boundary of 71 characters", 400, "multipart/form-data; boundary=" + std::string(71, 'a'), GoodFile()},
      {"a boundary of 1 MB", 431, "multipart/form-data; boundary=" + mb, GoodFile()},
      {"a boundary that never comes", 400, "multipart/form-data; boundary=y", GoodFile() + kFormEnd},
      {"a body without its last boundary", 400, kFormType, GoodFile()},
      {"two files", 400, kFormType, GoodFile() + GoodFile() + kFormEnd},
      {"a file under two spellings", 400, kFormType, GoodFile() + PartOf("FILE", "x") + kFormEnd},
      {"a preamble of 1 MB", 400, kFormType, mb + "\r\n" + GoodFile() + kFormEnd},
      {"a part's header of 1 MB", 413, kFormType, PartOf("file", "x", "; filename=\"" + mb + "\"") + kFormEnd},
      {"a part's header without end", 413, kFormType, "--x\r\nX: " + mb},
      {"another kind of multipart", 415, "multipart/mixed; boundary=x", GoodFile() + kFormEnd},
      {"JSON that says it is JSON", 415, "application/json", R"({"file":{"path":"/etc/passwd"}})"},
      {"JSON that says it is a form", 400, kFormType, R"({"file":{"path":"/etc/passwd"}})"},
      {"a form that says it is JSON", 415, "application/json; boundary=x", GoodFile() + kFormEnd},
      {"a form in form", 400, kFormType,
       "--x\r\nContent-Type: multipart/form-data; boundary=y\r\n\r\n--y\r\nContent-Disposition: form-data; "
       "name=\"file\"\r\n\r\nmail\r\n--y--\r\n" +
           std::string(kFormEnd)},
  };
}

class UploadAttackTest : public testing::Test {
 protected:
  Rig rig_;
  std::string token_ = rig_.Connect();
};

TEST_F(UploadAttackTest, FormsThatNoHonestClientSendsAreRefusedAndLeaveNothing) {
  for (const FormAttack& attack : FormAttacks()) {
    const Answered answer = rig_.Upload(token_, "/bulk/person", {attack.body, attack.type, {}});
    EXPECT_EQ(answer.status, attack.status) << attack.name << ": " << answer.body;
    EXPECT_EQ(rig_.StoredFiles(), 0u) << attack.name;
  }
  EXPECT_EQ(rig_.Element("GET", "/bulk/jobs", token_).body, "[]");
  EXPECT_TRUE(rig_.told().created.empty());
}

TEST_F(UploadAttackTest, AFilesNameIsShownButSelectsNoPath) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"; filename=\"../../../etc/passwd\"", "passwd"},
      {"; filename=\"/etc/passwd\"", "passwd"},
      {"; filename=\"..\\\\..\\\\boot.ini\"", "boot.ini"},
      {"; filename=\"C:\\boot.ini\"", "boot.ini"},
      {"; filename=\"%2e%2e%2fpasswd\"", "%2e%2e%2fpasswd"},
      {"; filename=\"..\"", ".."},
      {"; filename=\"good.csv\"; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd", "good.csv"},
      {"; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd", ""},
  };
  std::size_t stored = 0;
  for (const auto& [disposition, shown] : cases) {
    for (const std::string query : {"", "?path=/../../etc/passwd", "?path=%2e%2e%2f%2e%2e%2fpasswd"}) {
      const Answered receipt =
          rig_.Upload(token_, "/bulk/person" + query, {GoodFile(disposition) + kFormEnd, kFormType, {}});
      ASSERT_EQ(receipt.status, 200) << disposition << ": " << receipt.body;
      EXPECT_EQ(rig_.StoredFiles(), ++stored);
      const auto tenant = rig_.catalogue().SignIn(rig_.user(), std::nullopt);
      const auto job = rig_.Run(rig_.ledger().GetJob(*tenant, JobId{std::stoll(receipt.text("id"))}));
      EXPECT_EQ(job->order.file.name, query.empty() ? shown : "passwd") << disposition;
      const std::string& key = job->order.file.key;  // made by us, of nothing that was sent
      EXPECT_TRUE(key.starts_with("upload-") && key.size() == 39) << key;
      EXPECT_TRUE(std::all_of(key.begin() + 7, key.end(), [](char c) { return std::isxdigit(c) != 0; })) << key;
    }
  }
}

}  // namespace
}  // namespace rowcall::api

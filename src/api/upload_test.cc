#include <chrono>
#include <thread>

#include "api/test_rig.h"
#include "base/crypto.h"
#include "ledger/test_small_disk.h"
#include "net/test_peer.h"

namespace rowcall::api {
namespace {

constexpr char kBoundary[] = "x-boundary";
constexpr char kCsv[] = "mail,name\nann@x.test,Ann\n";

struct Part {
  std::string name, filename, body;
};

Sent Form(const std::vector<Part>& parts) {
  std::string body;
  for (const Part& part : parts) {
    body += "--" + std::string(kBoundary) + "\r\nContent-Disposition: form-data; name=\"" + part.name + "\"";
    if (!part.filename.empty()) body += "; filename=\"" + part.filename + "\"";
    body += "\r\n\r\n" + part.body + "\r\n";
  }
  body += "--" + std::string(kBoundary) + "--\r\n";
  return {body, "multipart/form-data; boundary=" + std::string(kBoundary), {}};
}

Sent FileAnd(const std::string& metadata) { return Form({{"file", "people.csv", kCsv}, {"metaData", "", metadata}}); }

class UploadTest : public testing::Test {
 protected:
  Answered Upload(Sent form, const std::string& target = "/bulk/person") {
    return rig_.Upload(token_, target, std::move(form));
  }

  model::Job JobOf(const Answered& receipt) {
    EXPECT_EQ(receipt.status, 200) << receipt.body;
    const JobId id{std::stoll(receipt.text("id"))};
    const auto tenant = rig_.catalogue().SignIn(rig_.user(), std::nullopt);
    return *rig_.Run(rig_.ledger().GetJob(*tenant, id));
  }

  std::string Stored(const std::string& key) { return *rig_.Run(Read(rig_.files(), key)); }
  static async::Task<Result<std::string>> Read(files::FileStore& files, std::string key) {
    ASSIGN_OR_CO_RETURN(const auto reader, co_await files.Open(key, 0));
    std::string all;
    for (;;) {
      ASSIGN_OR_CO_RETURN(const std::string_view piece, co_await reader->Next());
      if (piece.empty()) co_return all;
      all += piece;
    }
  }

  Rig rig_;
  std::string token_ = rig_.Connect();
};

TEST_F(UploadTest, TheAnswerIsExactlyIdInstanceAndCreated) {
  const Answered receipt =
      Upload(Form({{"file", "people.csv", kCsv}}), "/hubs/marketing/bulk/person?path=/x/sample.csv");
  const model::Job job = JobOf(receipt);
  EXPECT_EQ(receipt.body, R"({"id":")" + std::to_string(job.id.value) + R"(","instanceId":)" +
                              std::to_string(rig_.last_instance.value) + R"(,"status":"CREATED"})");
  EXPECT_EQ(job.order.object, "person");
  EXPECT_EQ(job.order.file.name, "sample.csv");
  EXPECT_EQ(job.order.file.sha256, Hex(Bytes(Sha256Of(kCsv))));
  EXPECT_EQ(job.order.metadata_json, "{}");
  EXPECT_EQ(Stored(job.order.file.key), kCsv);
  EXPECT_EQ(rig_.told().created, std::vector{job.id});
  EXPECT_TRUE(rig_.Run(rig_.ledger().GetConnector(job.order.connector_digest)));
}

TEST_F(UploadTest, MetadataMayStandBeforeOrBehindTheFile) {
  const Part file{"file", "people.csv", kCsv}, metadata{"metaData", "", R"({"action":"create"})"};
  EXPECT_EQ(JobOf(Upload(Form({file, metadata}))).order.action, model::Action::create);
  EXPECT_EQ(JobOf(Upload(Form({metadata, file}))).order.action, model::Action::create);
}

TEST_F(UploadTest, AFileLargerThanAnyBufferArrivesWhole) {
  std::string csv = "mail\n";
  while (csv.size() < 3'000'000) csv += "somebody-" + std::to_string(csv.size()) + "@x.test\n";
  const model::Job job = JobOf(Upload(Form({{"file", "big.csv", csv}})));
  EXPECT_EQ(job.order.file.size_bytes, static_cast<std::int64_t>(csv.size()));
  EXPECT_EQ(Stored(job.order.file.key), csv);
}

TEST_F(UploadTest, WhatMetadataSaysStandsInTheJob) {
  const std::string metadata =
      R"({"identifierFieldName":"E-Mail","region":"us","ifArchived":"restore","canary":7,"stopAfter":9,"mapping":{"a":"mail"},"useBatchUpload":true,)"
      R"("regoin":"x","callback-payload":{"a":1}})";
  Sent form = FileAnd(metadata);
  form.headers.emplace_back("Elements-Async-Callback-Url", "https://x.test/done");
  const model::JobOrder order = JobOf(Upload(form)).order;
  EXPECT_EQ(order.match_field, "mail");  // found by the header that means it
  EXPECT_EQ(order.region, "US");
  EXPECT_TRUE(order.restore_archived);
  EXPECT_EQ(order.canary_rows, 7);
  EXPECT_EQ(order.stop_after, 9);
  EXPECT_EQ(order.mapping_json, R"({"a":"mail"})");
  EXPECT_EQ(order.ignored_keys, std::vector<std::string>{"useBatchUpload"});
  ASSERT_EQ(order.warnings.size(), 1u);
  EXPECT_NE(order.warnings[0].find("did you mean \"region\"?"), std::string::npos);
  EXPECT_EQ(order.callback_url, "https://x.test/done");
  EXPECT_EQ(order.metadata_json, metadata);
}

TEST_F(UploadTest, TheFormatIsAsSaidElseAsTheFileIsCalled) {
  EXPECT_EQ(JobOf(Upload(FileAnd(R"({"format":"json"})"))).order.file.format, model::FileFormat::json);
  EXPECT_EQ(JobOf(Upload(Form({{"file", "x.JSONL", "{}"}}))).order.file.format, model::FileFormat::json);
  EXPECT_EQ(JobOf(Upload(Form({{"file", "x.ndjson.gz", "{}"}}))).order.file.format, model::FileFormat::json);
  EXPECT_EQ(JobOf(Upload(Form({{"file", "x.txt", kCsv}}))).order.file.format, model::FileFormat::csv);
}

TEST_F(UploadTest, TheEncodingIsAsSaidElseOpen) {
  EXPECT_EQ(JobOf(Upload(FileAnd(R"({"encoding":"utf-16le"})"))).order.file.encoding, model::Encoding::utf16le);
  EXPECT_EQ(JobOf(Upload(FileAnd("{}"))).order.file.encoding, std::nullopt);
}

TEST_F(UploadTest, APartThatMeansNothingIsAWarning) {
  const model::JobOrder order = JobOf(Upload(Form({{"file", "a.csv", kCsv}, {"fiel", "", "x"}}))).order;
  ASSERT_EQ(order.warnings.size(), 1u);
  EXPECT_NE(order.warnings[0].find("\"fiel\""), std::string::npos);
}

TEST_F(UploadTest, AnUnknownObjectIsAnsweredWithTheClosest) {
  const Answered answer = Upload(Form({{"file", "a.csv", kCsv}}), "/bulk/persn");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.text("hint"), "Did you mean \"person\"? There are: club, person.");
}

TEST_F(UploadTest, ADownloadIsToldToBeMissingNotTakenForAnObject) {
  const Answered answer = rig_.Element("POST", "/bulk/query?q=select%20*%20from%20person", token_);
  EXPECT_EQ(answer.status, 501) << answer.body;
  EXPECT_NE(answer.text("message").find("downloads are not here yet"), std::string::npos) << answer.body;
}

TEST_F(UploadTest, ACallbackAddressThatReadersCouldTakeApartDifferentlyIsRefused) {
  for (const std::string_view url : {"https://good.test@evil.test/",
                                     "https://user:pass@good.test/",
                                     R"(https://good.test\@evil.test/)",
                                     R"(https:\\good.test/)",
                                     "https://good.test#@evil.test/",
                                     "https://good.test/#part",
                                     "https://good.test:0/",
                                     "https://good.test:65536/",
                                     "https://good.test:/",
                                     "https://good.test:80:81/",
                                     "https://good.test./",
                                     "https://.good.test/",
                                     "https://localhost./",
                                     "https://b\xc3\xbc"
                                     "cher.test/",
                                     "https://\xef\xbc\x91.0.0.1/",
                                     "https://127.0.0.1\xe3\x80\x82test/",
                                     "https://good.test/a\tb",
                                     "https://good.test/a b",
                                     "https://good.test\xff/",
                                     "https://[127.0.0.1]/",
                                     "https://[::1%25lo]/",
                                     "https://[::1/",
                                     "https://%31%32%37.0.0.1/",
                                     "https://good.test%0d%0aX-Evil:y/",
                                     "//good.test/",
                                     "good.test/",
                                     "file:///etc/passwd",
                                     "gopher://good.test/",
                                     "javascript:alert(1)",
                                     "https://",
                                     "https:///path"}) {
    Sent form = Form({{"file", "a.csv", kCsv}});
    form.headers.emplace_back("Elements-Async-Callback-Url", url);
    const Answered refused = Upload(form);
    EXPECT_EQ(refused.status, 400) << url;
    EXPECT_NE(refused.text("message").find("Elements-Async-Callback-Url"), std::string::npos) << refused.body;
  }
  EXPECT_EQ(rig_.StoredFiles(), 0u);
}

TEST_F(UploadTest, ALineBreakOrControlCharacterInTheCallbackHeaderIsRefused) {
  for (const std::string_view broken :
       {"https://good.test/\rX-Evil: y", "https://good.test/\nX Evil: y", "https://good.test/\r\n X-Evil: y",
        "https://good.test/\x01", "https://good.test/\x7f"}) {
    const net::RawSocket socket = net::RawSocket::ConnectTo(rig_.port());
    socket.Send("POST /elements/api-v2/bulk/person HTTP/1.1\r\nHost: x\r\nAuthorization: Element " + token_ +
                ", User " + rig_.user() + "\r\nConnection: close\r\nElements-Async-Callback-Url: " +
                std::string(broken) + "\r\nContent-Length: 0\r\n\r\n");
    EXPECT_TRUE(socket.ReadToEnd().starts_with("HTTP/1.1 400 ")) << broken;
  }
  EXPECT_EQ(rig_.Element("GET", "/bulk/jobs", token_).body, "[]");
}

TEST_F(UploadTest, ARefusedUploadLeavesNeitherFileNorJob) {
  const Part file{"file", "a.csv", kCsv};
  Sent relative = Form({file}), other_scheme = Form({file});
  relative.headers.emplace_back("Elements-Async-Callback-Url", "/formulas/instances/1/executions");
  other_scheme.headers.emplace_back("Elements-Async-Callback-Url", "ftp://x.test/");
  Sent compressed = Form({file});
  compressed.headers.emplace_back("Content-Encoding", "gzip");
  const std::vector<std::pair<Sent, int>> refused = {
      {Form({{"metaData", "", "{}"}}), 400},
      {Form({file, file}), 400},
      {FileAnd("{"), 400},
      {FileAnd(R"({"action":"merge"})"), 400},
      {FileAnd(R"({"regoin":"x","strict":true})"), 400},
      {FileAnd(R"({"identifierFieldName":"shoe"})"), 400},
      {FileAnd("\"" + std::string(70'000, 'x') + "\""), 413},
      {relative, 400},
      {other_scheme, 400},
      {{kCsv, "text/csv", {}}, 415},
      {compressed, 415},
      {{"--x-boundary\r\nbroken", "multipart/form-data; boundary=x-boundary", {}}, 400},
      {{"", "multipart/form-data", {}}, 400},
  };
  for (const auto& [form, status] : refused) {
    const Answered answer = Upload(form);
    EXPECT_EQ(answer.status, status) << answer.body;
  }
  EXPECT_EQ(rig_.StoredFiles(), 0u);
  EXPECT_EQ(rig_.Element("GET", "/bulk/jobs", token_).body, "[]");
  EXPECT_TRUE(rig_.told().created.empty());
}

TEST_F(UploadTest, AFullDiskIs507AndLeavesNeitherFileNorJob) {
  ledger::SmallDisk disk;
  disk.SetFull(true);
  const Answered refused = Upload(FileAnd("{}"));
  EXPECT_EQ(refused.status, 507) << refused.body;
  EXPECT_EQ(refused.text("type"), "urn:rowcall:problem:no_space");
  EXPECT_EQ(refused.text("hint"), "Free space on the disk.");
  EXPECT_EQ(rig_.StoredFiles(), 0u);
  EXPECT_EQ(rig_.Send("GET", "/readyz").status, 503);
  disk.SetFull(false);
  EXPECT_EQ(rig_.Send("GET", "/readyz").status, 200);
  JobOf(Upload(FileAnd("{}")));
  EXPECT_EQ(rig_.StoredFiles(), 1u);
}

TEST_F(UploadTest, TheSameUploadUnderTheSameKeyIsTheSameJob) {
  const auto send = [this](const std::string& csv, const std::string& key) {
    Sent form = Form({{"file", "people.csv", csv}});
    form.headers.emplace_back("Idempotency-Key", key);
    return Upload(form);
  };
  const Answered first = send(kCsv, "\"8e03978e\"");
  const Answered again = send(kCsv, "8e03978e");
  EXPECT_EQ(first.header("Idempotent-Replayed"), "");
  EXPECT_EQ(again.header("Idempotent-Replayed"), "true");
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(rig_.told().created.size(), 1u);
  EXPECT_EQ(rig_.StoredFiles(), 1u);

  const Answered other = send(std::string(kCsv) + "x@y.z,X\n", "8e03978e");
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(other.text("type"), "urn:rowcall:problem:idempotency_key_reused");
  EXPECT_EQ(rig_.StoredFiles(), 1u);
  EXPECT_NE(send(kCsv, "another").body, first.body);
}

TEST_F(UploadTest, AKeyThatIsNoneIsRefused) {
  for (const std::string& key : {std::string(), std::string("\"\""), std::string("a b"), std::string(256, 'k'),
                                 std::string("a\"b"), std::string("k\xC3\xA9y")}) {
    Sent form = Form({{"file", "people.csv", kCsv}});
    form.headers.emplace_back("Idempotency-Key", key);
    EXPECT_EQ(Upload(form).status, 400) << key;
  }
  EXPECT_EQ(rig_.StoredFiles(), 0u);
}

TEST(SubmissionsUnderWayTest, ANameIsHeldByOneRequestOfItsInstance) {
  SubmissionsUnderWay set;
  {
    const SubmissionsUnderWay::Hold first(set, InstanceId{1}, "k");
    EXPECT_TRUE(first.is_ours());
    {
      const SubmissionsUnderWay::Hold second(set, InstanceId{1}, "k");
      EXPECT_FALSE(second.is_ours());
    }
    EXPECT_FALSE(SubmissionsUnderWay::Hold(set, InstanceId{1}, "k").is_ours());
    EXPECT_TRUE(SubmissionsUnderWay::Hold(set, InstanceId{2}, "k").is_ours());
  }
  EXPECT_TRUE(SubmissionsUnderWay::Hold(set, InstanceId{1}, "k").is_ours());
  const SubmissionsUnderWay::Hold unnamed(set, InstanceId{1}, "");
  EXPECT_TRUE(SubmissionsUnderWay::Hold(set, InstanceId{1}, "").is_ours());
}

TEST_F(UploadTest, AFileOfBytesThatWereSentBeforeIsAWarning) {
  const model::Job first = JobOf(Upload(Form({{"file", "a.csv", kCsv}})));
  EXPECT_TRUE(first.order.warnings.empty());
  const model::Job second = JobOf(Upload(Form({{"file", "b.csv", kCsv}})));
  EXPECT_EQ(second.order.warnings, std::vector{"A file of the same bytes was sent for the same object before: job " +
                                               std::to_string(first.id.value) + "."});
}

TEST_F(UploadTest, AConnectionThatIsCutInTheBodyLeavesNeitherFileNorJob) {
  const Sent form = Form({{"file", "a.csv", "mail\n" + std::string(3'000'000, 'x')}});
  const std::string head = "POST " + std::string(kBasePath) +
                           "/bulk/person HTTP/1.1\r\nHost: x\r\nAuthorization: Element " + token_ + ", User " +
                           rig_.user() + "\r\nContent-Type: " + form.type +
                           "\r\nContent-Length: " + std::to_string(form.body.size()) + "\r\n\r\n";
  const auto wait_for_files = [this](std::size_t count) {
    for (int i = 0; i < 5'000 && rig_.StoredFiles() != count; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return rig_.StoredFiles();
  };
  for (const std::size_t missing : {std::size_t{3}, std::size_t{500'000}}) {
    net::RawSocket client = net::RawSocket::ConnectTo(rig_.port());
    client.Send(head + form.body.substr(0, form.body.size() - missing));
    EXPECT_EQ(wait_for_files(1), 1u);
    client.Close();
    EXPECT_EQ(wait_for_files(0), 0u);
  }
  EXPECT_EQ(rig_.Element("GET", "/bulk/jobs", token_).body, "[]");
  EXPECT_TRUE(rig_.told().created.empty());
}

TEST_F(UploadTest, TheInstancesRegionIsUsedWhereTheUploadNamesNone) {
  token_ = rig_.Connect(R"(,"region":"DE")");
  EXPECT_EQ(JobOf(Upload(FileAnd("{}"))).order.region, "DE");
  EXPECT_EQ(JobOf(Upload(FileAnd(R"({"region":"FR"})"))).order.region, "FR");
}

}  // namespace
}  // namespace rowcall::api

// The client commands against a server that answers as the tests tell it.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <deque>
#include <fstream>
#include <mutex>
#include <thread>

#include "cli/known_instances.h"
#include "cli/private_file.h"
#include "cli/program.h"
#include "cli/test_surroundings.h"
#include "net/test_peer.h"
#include "net/test_server.h"

namespace rowcall::cli {
namespace {

struct SeenCall {
  std::string line;  ///< "GET /elements/api-v2/objects"
  net::Headers headers;
  std::string body;
};

/// Answers by script, and remembers what it was asked.
class ScriptedServer {
 public:
  void On(const std::string& line, net::ServerAnswer answer) {
    const std::scoped_lock lock(mutex_);
    script_[line].push_back(std::move(answer));
  }
  void On(const std::string& line, const std::string& body) {
    On(line, {.status = 200, .headers = {}, .body = body, .more = {}});
  }
  std::vector<SeenCall> seen() const {
    const std::scoped_lock lock(mutex_);
    return seen_;
  }
  std::string address() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }

 private:
  async::Task<net::ServerAnswer> Answer(net::ServerRequest& request) {
    Result<std::string> body = co_await net::ReadWhole(*request.body, std::size_t{64} << 20);
    const std::scoped_lock lock(mutex_);
    const std::string line = request.method + " " + request.target;
    seen_.push_back({line, request.headers, body.value_or("unreadable")});
    net::ServerAnswer answer{.status = 404, .headers = {}, .body = "", .more = {}};
    if (line == "GET /elements/api-v2/ping") answer.status = 200;
    auto& answers = script_[line];
    if (!answers.empty()) answer = answers.front();
    if (answers.size() > 1) answers.pop_front();
    co_return answer;
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::deque<net::ServerAnswer>> script_;  ///< The last one is given for ever.
  std::vector<SeenCall> seen_;
  net::TestServer server_{[this](net::ServerRequest& request) { return Answer(request); }};
};

std::string StatusBody(const std::string& word, const std::string& outcomes, int records) {
  return R"({"id":"17","status":")" + word + R"(","recordsCount":)" + std::to_string(records) +
         R"(,"allRowsRead":true,"outcomes":{)" + outcomes + "}}";
}

class CommandsTest : public testing::Test {
 protected:
  CommandsTest() {
    machine_.variables["XDG_CONFIG_HOME"] = folder_.At("config");
    const KnownInstance known{"trial", "acme", server_.address(), 7, Secret("u1"), Secret("t1"), Secret("whsec_1")};
    EXPECT_TRUE(RememberInstance(folder_.At("config/rowcall/instances.json"), known).has_value());
    std::ofstream(folder_.At("people.csv")) << kPeople;
  }
  ExitCode Run(const std::vector<std::string>& arguments) { return RunProgram(arguments, machine_.surroundings); }
  ExitCode Upload(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"upload", "person", folder_.At("people.csv")});
    return Run(more);
  }
  ExitCode Connect(std::vector<std::string> more) {
    EXPECT_TRUE(WritePrivateFile(folder_.At("admin.json"), R"({"user":"u2","organization":"o2"})").has_value());
    more.insert(more.begin(),
                {"connect", "acme", "--server", server_.address(), "--credentials", folder_.At("admin.json")});
    return Run(more);
  }
  std::vector<KnownInstance> Known() { return *ReadKnownInstances(folder_.At("config/rowcall/instances.json")); }
  void Receipt() { server_.On(kUpload, R"({"id":"17","instanceId":7,"status":"CREATED"})"); }

  static constexpr char kPeople[] = "email\nann@example.com\n";
  static constexpr char kMade[] = R"({"id":9,"token":"token-of-live","name":"live","element":{"key":"acme"}})";
  static constexpr char kInstances[] = "POST /elements/api-v2/instances";
  static constexpr char kUpload[] = "POST /elements/api-v2/bulk/person";
  static constexpr char kObjects[] = "GET /elements/api-v2/objects";
  static constexpr char kStatus[] = "GET /elements/api-v2/bulk/17/status";
  TemporaryFolder folder_;
  TestSurroundings machine_;
  ScriptedServer server_;
};

TEST_F(CommandsTest, ACallIsSignedWithTheInstancesTokenAndItsUser) {
  server_.On(kObjects, R"(["person","firm"])");
  EXPECT_EQ(Run({"objects"}), ExitCode::fine) << machine_.err.str();
  EXPECT_EQ(machine_.out.str(), "person\nfirm\n");
  EXPECT_EQ(server_.seen().at(0).headers.Find("Authorization"), "Element t1, User u1");
}

TEST_F(CommandsTest, AnUploadSendsTheFileAsItStandsWithAKeyOfItsOwn) {
  Receipt();
  server_.On(kStatus, StatusBody("COMPLETED", R"("created":1)", 1));
  EXPECT_EQ(Upload({"--action", "create", "--callback", "https://example.com/done"}), ExitCode::fine)
      << machine_.err.str();
  EXPECT_EQ(machine_.out.str(), "1 created; 0 unaccounted\n");
  const SeenCall upload = server_.seen().at(1);
  EXPECT_NE(upload.body.find("name=\"metaData\"\r\n\r\n{\"action\":\"create\"}\r\n"), std::string::npos) << upload.body;
  EXPECT_NE(upload.body.find("filename=\"people.csv\""), std::string::npos);
  EXPECT_NE(upload.body.find("\r\n\r\n" + std::string(kPeople) + "\r\n--"), std::string::npos);
  EXPECT_EQ(upload.headers.Find("Elements-Async-Callback-Url"), "https://example.com/done");
  EXPECT_EQ(upload.headers.Find("Idempotency-Key").value_or("").size(), 32u);
}

TEST_F(CommandsTest, ALongFileArrivesWhole) {
  const std::string line(99, 'x');
  std::ofstream file(folder_.At("people.csv"));
  for (int i = 0; i < 50'000; ++i) file << line << "\n";
  file.close();
  Receipt();
  EXPECT_EQ(Upload({"--no-wait"}), ExitCode::fine) << machine_.err.str();
  EXPECT_EQ(machine_.out.str(), "17\n");
  EXPECT_EQ(std::ranges::count(server_.seen().at(1).body, 'x'), 99 * 50'000);
}

TEST_F(CommandsTest, StandardInputCanBeUploadedToo) {
  // What has no length is read whole first; a named pipe stands for it.
  const std::string pipe = folder_.At("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(pipe) << kPeople; });
  Receipt();
  EXPECT_EQ(Run({"upload", "person", pipe, "--no-wait"}), ExitCode::fine) << machine_.err.str();
  writer.join();
  EXPECT_NE(server_.seen().at(1).body.find(kPeople), std::string::npos);
}

TEST_F(CommandsTest, AnUploadWithoutAnAnswerIsNotSentTwiceAndMayHaveArrived) {
  std::atomic<int> uploads = 0;
  const net::RawServer server([&uploads](net::RawServer& self) {
    for (;;) {
      const net::RawSocket peer = self.Accept();
      if (peer.descriptor() < 0) return;
      if (peer.ReadUntil("\r\n\r\n").starts_with("POST")) {
        ++uploads;  // and hangs up
      } else {
        peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
      }
    }
  });
  EXPECT_EQ(Upload({"--no-wait", "--server", "http://127.0.0.1:" + std::to_string(server.port())}), ExitCode::error);
  EXPECT_NE(machine_.err.str().find("rowcall jobs"), std::string::npos) << machine_.err.str();
  EXPECT_EQ(uploads, 1);
}

TEST_F(CommandsTest, AServerThatRefusesAnUploadIsHeardWithItsOwnHint) {
  server_.On(
      kUpload,
      {.status = 503, .headers = {}, .body = R"({"message":"The disk is full.","hint":"Make room."})", .more = {}});
  EXPECT_EQ(Upload({"--no-wait"}), ExitCode::error);
  EXPECT_EQ(machine_.err.str(), "rowcall: The disk is full.\nMake room.\n");
  EXPECT_EQ(server_.seen().size(), 2u);
}

TEST_F(CommandsTest, AMappingThatIsNoObjectIsRefusedBeforeAnythingIsSent) {
  std::ofstream(folder_.At("mapping.json")) << "[1]";
  EXPECT_EQ(Upload({"--mapping", folder_.At("mapping.json")}), ExitCode::usage);
  EXPECT_EQ(server_.seen().size(), 0u);
}

TEST_F(CommandsTest, ASavedMappingIsSentByItsNameAndNeverTakenForAFile) {
  std::ofstream(folder_.At("mapping.json")) << R"({"A":"email"})";
  Receipt();
  EXPECT_EQ(Upload({"--no-wait", "--saved-mapping", "people"}), ExitCode::fine) << machine_.err.str();
  EXPECT_NE(server_.seen().at(1).body.find("\r\n\r\n{\"mapping\":\"people\"}\r\n"), std::string::npos);
  EXPECT_EQ(Upload({"--no-wait", "--mapping", folder_.At("mapping.json")}), ExitCode::fine) << machine_.err.str();
  EXPECT_NE(server_.seen().at(3).body.find("\r\n\r\n{\"mapping\":{\"A\":\"email\"}}\r\n"), std::string::npos);
  EXPECT_EQ(Upload({"--mapping", folder_.At("mapping.json"), "--saved-mapping", "people"}), ExitCode::usage);
  EXPECT_EQ(server_.seen().size(), 4u);
}

TEST_F(CommandsTest, ARefusalIsHeardBeforeTheFileIsSent) {
  server_.On("GET /elements/api-v2/ping", {.status = 401, .headers = {}, .body = "", .more = {}});
  EXPECT_EQ(Upload(), ExitCode::authentication);
  EXPECT_EQ(server_.seen().size(), 1u);
}

TEST_F(CommandsTest, FailedRowsAreExitCodeThreeAndTheNextCommandIsNamed) {
  Receipt();
  server_.On(kStatus, StatusBody("RUNNING", R"("created":1)", 3));
  server_.On(kStatus, StatusBody("COMPLETED", R"("created":1,"failed":2)", 3));
  EXPECT_EQ(Upload(), ExitCode::failed_rows);
  EXPECT_NE(machine_.err.str().find("Next: rowcall rows 17 --errors"), std::string::npos) << machine_.err.str();
}

TEST_F(CommandsTest, WithJsonEveryChangeIsOneLine) {
  server_.On(kStatus, StatusBody("RUNNING", R"("created":1)", 2));
  server_.On(kStatus, StatusBody("RUNNING", R"("created":1)", 2));
  server_.On(kStatus, StatusBody("COMPLETED", R"("created":2)", 2));
  EXPECT_EQ(Run({"watch", "17", "--json"}), ExitCode::fine);
  EXPECT_EQ(machine_.out.str(),
            StatusBody("RUNNING", R"("created":1)", 2) + "\n" + StatusBody("COMPLETED", R"("created":2)", 2) + "\n");
  EXPECT_EQ(machine_.err.str(), "");
}

TEST_F(CommandsTest, OnATerminalOneLineMovesAndIsGoneAtTheEnd) {
  machine_.surroundings.err_is_terminal = true;
  server_.On(kStatus, StatusBody("RUNNING", R"("created":1)", 2));
  server_.On(kStatus, StatusBody("COMPLETED", R"("created":2)", 2));
  EXPECT_EQ(Run({"watch", "17"}), ExitCode::fine);
  EXPECT_NE(machine_.err.str().find("50%  1 of 2 rows"), std::string::npos);
  EXPECT_TRUE(machine_.err.str().ends_with("\r\x1b[K")) << machine_.err.str();
}

TEST_F(CommandsTest, CtrlCLeavesTheJobRunningAndSaysHowToGoOn) {
  server_.On(kStatus, StatusBody("RUNNING", "", 2));
  std::thread user([this] {
    while (server_.seen().empty()) std::this_thread::yield();
    raise(SIGINT);
  });
  EXPECT_EQ(Run({"watch", "17"}), ExitCode::interrupted);
  user.join();
  EXPECT_NE(machine_.err.str().find("Watch it again: rowcall watch 17"), std::string::npos) << machine_.err.str();
}

TEST_F(CommandsTest, AServersRefusalIsShownInItsOwnWordsWithItsExitCode) {
  const std::string problem = R"({"message":"The token is unknown.","hint":"Connect again."})";
  server_.On(kObjects, {.status = 401, .headers = {}, .body = problem, .more = {}});
  EXPECT_EQ(Run({"objects"}), ExitCode::authentication);
  EXPECT_EQ(machine_.err.str(), "rowcall: The token is unknown.\nConnect again.\n");
  server_.On(kStatus, {.status = 429, .headers = {}, .body = "", .more = {}});
  EXPECT_EQ(Run({"status", "17"}), ExitCode::limit);
}

TEST_F(CommandsTest, ARefusalIsUsageOnlyIfTheServerItselfSaysSo) {
  const auto code_of = [this](const std::string& body) {
    ScriptedServer server;
    server.On(kObjects, {.status = 400, .headers = {}, .body = body, .more = {}});
    return Run({"objects", "--server", server.address()});
  };
  EXPECT_EQ(code_of(R"({"type":"urn:rowcall:problem:invalid","message":"No."})"), ExitCode::usage);
  EXPECT_EQ(code_of(R"({"type":"urn:rowcall:problem:service_refused_credentials","message":"No."})"),
            ExitCode::authentication);
  EXPECT_EQ(code_of("<html>a proxy</html>"), ExitCode::error);
}

TEST_F(CommandsTest, AnAnswerThatCannotBeReadIsNoUsageError) {
  for (const char* line :
       {kInstances, kUpload, kObjects, kStatus, "PUT /elements/api-v2/bulk/17/cancel",
        "PUT /elements/api-v2/bulk/17/pause", "PUT /elements/api-v2/bulk/17/resume",
        "GET /elements/api-v2/bulk/17/rows?pageSize=500", "GET /elements/api-v2/bulk/jobs?pageSize=20",
        "GET /elements/api-v2/objects/person/metadata"}) {
    server_.On(line, "<html>");
  }
  EXPECT_EQ(Connect({}), ExitCode::error);
  EXPECT_EQ(Upload(), ExitCode::error);
  for (const char* command : {"status", "watch", "pause", "resume", "cancel", "rows"}) {
    EXPECT_EQ(Run({command, "17"}), ExitCode::error) << command;
  }
  EXPECT_EQ(Run({"objects"}), ExitCode::error);
  EXPECT_EQ(Run({"jobs"}), ExitCode::error);
  EXPECT_EQ(Run({"fields", "person"}), ExitCode::error);
}

TEST_F(CommandsTest, WordsOfAServerCannotDriveTheTerminal) {
  const std::string problem = "{\"message\":\"No.\\u001b[2J\\nAt all.\\u009b2J\",\"hint\":\"Try\\u007f again.\"}";
  server_.On(kObjects, {.status = 404, .headers = {}, .body = problem, .more = {}});
  server_.On(kObjects, R"(["per\u001b[2Json"])");
  EXPECT_EQ(Run({"objects"}), ExitCode::error);
  EXPECT_EQ(machine_.err.str(), "rowcall: No. [2J\nAt all. 2J\nTry  again.\n");
  EXPECT_EQ(Run({"objects"}), ExitCode::fine);
  EXPECT_EQ(machine_.out.str(), "per [2Json\n");
  server_.On(kStatus, R"({"id":"17","status":"RUNNING","waitReason":"full\u001b[2J"})");
  EXPECT_EQ(Run({"status", "17"}), ExitCode::fine);
  EXPECT_EQ(machine_.out.str().find('\x1b'), std::string::npos);
}

TEST_F(CommandsTest, ConnectKeepsTheTokenForTheCommandsThatFollow) {
  machine_.variables["TOKEN"] = "vendor-token";
  server_.On(kInstances, kMade);
  EXPECT_EQ(Connect({"--name", "live", "--set", "base.url=http://127.0.0.1:9", "--secret", "api.key=env:TOKEN"}),
            ExitCode::fine)
      << machine_.err.str();
  const SeenCall call = server_.seen().at(0);
  EXPECT_EQ(call.headers.Find("Authorization"), "User u2, Organization o2");
  EXPECT_NE(call.body.find(R"("api.key":"vendor-token")"), std::string::npos) << call.body;
  EXPECT_EQ((machine_.out.str() + machine_.err.str()).find("token-of-live"), std::string::npos);
  EXPECT_EQ(Known().back().name, "live");
  EXPECT_EQ(Known().back().token.Reveal(), "token-of-live");
  EXPECT_EQ(Known().back().user.Reveal(), "u2");
}

TEST_F(CommandsTest, ConnectLosesNoTokenThatIsKnownByTheSameName) {
  EXPECT_EQ(Connect({"--name", "trial"}), ExitCode::usage);
  EXPECT_NE(machine_.err.str().find("--name OTHER"), std::string::npos) << machine_.err.str();
  EXPECT_NE(machine_.err.str().find("--replace"), std::string::npos) << machine_.err.str();
  EXPECT_EQ(server_.seen().size(), 0u);
  EXPECT_EQ(Known().back().token.Reveal(), "t1");
}

TEST_F(CommandsTest, ConnectForgetsAnInstanceOnlyWhereItIsToldTo) {
  server_.On(kInstances, kMade);
  EXPECT_EQ(Connect({"--name", "trial", "--replace"}), ExitCode::fine) << machine_.err.str();
  ASSERT_EQ(Known().size(), 1u);
  EXPECT_EQ(Known().back().token.Reveal(), "token-of-live");
}

TEST_F(CommandsTest, WithoutAPlaceToKeepItsTokenNoInstanceIsMade) {
  machine_.variables.erase("XDG_CONFIG_HOME");
  EXPECT_EQ(Connect({}), ExitCode::error);
  EXPECT_NE(machine_.err.str().find("XDG_CONFIG_HOME"), std::string::npos) << machine_.err.str();
  EXPECT_EQ(server_.seen().size(), 0u);
}

TEST_F(CommandsTest, ConnectWithJsonIsTheServersAnswerAsItStands) {
  server_.On(kInstances, kMade);
  EXPECT_EQ(Connect({"--json"}), ExitCode::fine) << machine_.err.str();
  EXPECT_EQ(machine_.out.str(), std::string(kMade) + "\n");
  EXPECT_EQ(machine_.err.str(), "");
  EXPECT_EQ(Known().back().name, "acme");
}

TEST_F(CommandsTest, RowsAreFollowedFromPageToPage) {
  const std::string first = "GET /elements/api-v2/bulk/17/rows?pageSize=500&outcome=failed,rejected";
  net::ServerAnswer page{.status = 200, .headers = {{"Elements-Next-Page-Token", "a b"}}, .body = "", .more = {}};
  page.body =
      R"([{"status":"Taken.","row":3,"outcome":"failed","column":"Mail","code":"x","message":"Taken.","hint":"Use another."}])";
  server_.On(kStatus, R"({"id":"17","status":"COMPLETED"})");
  server_.On(first, page);
  server_.On(first + "&nextPage=a%20b", R"([{"row":5,"outcome":"rejected"}])");
  EXPECT_EQ(Run({"rows", "17", "--outcome", "failed,rejected"}), ExitCode::fine) << machine_.err.str();
  EXPECT_NE(machine_.out.str().find("Taken. Use another."), std::string::npos) << machine_.out.str();
  EXPECT_NE(machine_.out.str().find("5        rejected"), std::string::npos) << machine_.out.str();
}

TEST_F(CommandsTest, RowsOfAnUndoHaveItsWords) {
  server_.On(kStatus, R"({"id":"17","status":"COMPLETED","undoOf":"9"})");
  server_.On("GET /elements/api-v2/bulk/17/rows?pageSize=500", R"([{"row":3,"outcome":"updated"}])");
  server_.On("GET /elements/api-v2/bulk/17/causes", R"([{"rows":2,"firstRow":4,"outcome":"skipped","code":"x"}])");
  EXPECT_EQ(Run({"rows", "17"}), ExitCode::fine) << machine_.err.str();
  EXPECT_EQ(Run({"rows", "17", "--by-cause"}), ExitCode::fine) << machine_.err.str();
  EXPECT_NE(machine_.out.str().find("3        taken back"), std::string::npos) << machine_.out.str();
  EXPECT_NE(machine_.out.str().find("2     4      kept"), std::string::npos) << machine_.out.str();
}

class JobsTest : public CommandsTest {
 protected:
  static net::ServerAnswer Page(const std::string& body, const std::string& next) {
    net::ServerAnswer page{.status = 200, .headers = {}, .body = body, .more = {}};
    if (!next.empty()) page.headers.Add("Elements-Next-Page-Token", next);
    return page;
  }
  static std::string Job(int id) { return R"({"id":)" + std::to_string(id) + R"(,"status":"RUNNING"})"; }

  static constexpr char kJobs[] = "GET /elements/api-v2/bulk/jobs?pageSize=";
};

TEST_F(JobsTest, TheListGoesOnWhereAPageEndsEarly) {
  server_.On(std::string(kJobs) + "3&where=a%3D1", Page("[]", "7-90"));
  server_.On(std::string(kJobs) + "3&where=a%3D1&nextPage=7-90", Page("[" + Job(12) + "," + Job(11) + "]", "7-11"));
  server_.On(std::string(kJobs) + "1&where=a%3D1&nextPage=7-11", Page("[" + Job(9) + "]", "7-9"));
  const std::vector<std::string> command = {"jobs", "--where", "a=1", "--limit", "3"};
  EXPECT_EQ(Run(command), ExitCode::fine) << machine_.err.str();
  for (const char* id : {"12", "11", "9"})
    EXPECT_NE(machine_.out.str().find(id), std::string::npos) << machine_.out.str();
  EXPECT_EQ(server_.seen().size(), 3u);
}

TEST_F(JobsTest, AllPagesAreOneJsonArray) {
  server_.On(std::string(kJobs) + "20", Page("[" + Job(12) + "]", "7-12"));
  server_.On(std::string(kJobs) + "19&nextPage=7-12", Page("[" + Job(11) + "]", ""));
  EXPECT_EQ(Run({"jobs", "--json"}), ExitCode::fine) << machine_.err.str();
  EXPECT_EQ(machine_.out.str(), "[" + Job(12) + "," + Job(11) + "]\n");
}

TEST_F(CommandsTest, CancelSaysWhereTheJobStandsNow) {
  server_.On("PUT /elements/api-v2/bulk/17/cancel", StatusBody("CANCELLATION_PENDING", "", 2));
  EXPECT_EQ(Run({"cancel", "17"}), ExitCode::fine) << machine_.err.str();
  EXPECT_EQ(machine_.out.str(), "Job 17: CANCELLATION_PENDING\n");
}

TEST_F(CommandsTest, PauseAndResumeSayWhereTheJobStandsNow) {
  server_.On("PUT /elements/api-v2/bulk/17/pause", R"({"id":"17","status":"RUNNING","paused":true})");
  server_.On("PUT /elements/api-v2/bulk/17/resume", R"({"id":"17","status":"RUNNING","paused":false})");
  EXPECT_EQ(Run({"pause", "17"}), ExitCode::fine) << machine_.err.str();
  EXPECT_EQ(machine_.out.str(), "Job 17: PAUSED\n");
  machine_.out.str("");
  EXPECT_NE(machine_.err.str().find("rowcall resume 17"), std::string::npos) << machine_.err.str();
  EXPECT_EQ(Run({"resume", "17"}), ExitCode::fine) << machine_.err.str();
  EXPECT_EQ(machine_.out.str(), "Job 17: RUNNING\n");
}

TEST_F(CommandsTest, WatchingEndsWhenTheJobIsPaused) {
  server_.On(kStatus, R"({"id":"17","status":"RUNNING","paused":true,"waitReason":"paused: look","recordsCount":9,)"
                      R"("outcomes":{"created":2}})");
  EXPECT_EQ(Run({"watch", "17"}), ExitCode::paused) << machine_.err.str();
  EXPECT_NE(machine_.out.str().find("2 created"), std::string::npos) << machine_.out.str();
  EXPECT_NE(machine_.err.str().find("paused: look"), std::string::npos) << machine_.err.str();
  EXPECT_NE(machine_.err.str().find("rowcall resume 17"), std::string::npos) << machine_.err.str();
}

TEST_F(CommandsTest, AServerThatIsNotThereIsAnErrorThatNamesIt) {
  EXPECT_EQ(Run({"objects", "--server", "http://127.0.0.1:1"}), ExitCode::error);
  EXPECT_NE(machine_.err.str().find("http://127.0.0.1:1"), std::string::npos) << machine_.err.str();
}

}  // namespace
}  // namespace rowcall::cli

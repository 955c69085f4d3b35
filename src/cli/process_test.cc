// The program itself, as users start it.

#include <gtest/gtest.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "cli/client.h"
#include "cli/private_file.h"
#include "cli/test_surroundings.h"
#include "sandbox/options.h"
#include "wire/json_object.h"

namespace rowcall::cli {
namespace {

/// Valid as long as `arguments`.
std::vector<char*> Argv(std::vector<std::string>& arguments) {
  arguments.insert(arguments.begin(), ROWCALL_PROGRAM);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  return argv;
}

/// Waits for the end; the exit code, or minus the signal that ended it.
int EndOf(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/// A `rowcall` that runs; killed with the test if it has not ended.
class Process {
 public:
  explicit Process(std::vector<std::string> arguments) {
    int ends[2];
    ROWCALL_ASSERT(pipe(ends) == 0);
    const std::vector<char*> argv = Argv(arguments);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      close(ends[0]);
      execv(argv[0], argv.data());
      _exit(127);
    }
    close(ends[1]);
    out_ = fdopen(ends[0], "r");
  }
  ~Process() {
    if (pid_ > 0) End(SIGKILL);
    fclose(out_);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Waits for it; "" if it ended without one.
  std::string ReadLine() {
    char line[512];
    return fgets(line, sizeof line, out_) == nullptr ? std::string() : std::string(line);
  }
  /// Sends the signal (0 = none), and waits for the end.
  int End(int signal) {
    if (signal != 0) kill(pid_, signal);
    return EndOf(std::exchange(pid_, 0));
  }

 private:
  pid_t pid_ = 0;
  FILE* out_ = nullptr;
};

/// "listening on http://127.0.0.1:40123\n" → the address
std::string AddressIn(const std::string& line) {
  constexpr std::string_view kBefore = "listening on ";
  EXPECT_TRUE(line.starts_with(kBefore) && line.ends_with("\n")) << "it says: " << line;
  return line.size() <= kBefore.size() ? std::string() : line.substr(kBefore.size(), line.size() - kBefore.size() - 1);
}

class ServeProcessTest : public testing::Test {
 protected:
  std::vector<std::string> Serve() const {
    return {"serve", "--data", folder_.At("data"), "--listen", "127.0.0.1:0", "--log-level", "error"};
  }
  TemporaryFolder folder_;
};

TEST_F(ServeProcessTest, TheFirstStartWritesCredentialsThatSignInAndSigtermEndsIt) {
  Process server(Serve());
  Access access;
  access.server = AddressIn(server.ReadLine());
  const std::string path = folder_.At("data/admin.json");
  EXPECT_EQ(ModeOf(path), kOwnerOnly);
  const auto credentials = *wire::ParseObject(*ReadPrivateFile(path), path);
  access.user = Secret(wire::TextOf(credentials, "user"));
  access.organization = Secret(wire::TextOf(credentials, "organization"));
  const auto client = *Client::Open(access);
  const auto instances = client->Get("/instances");
  EXPECT_TRUE(instances.has_value()) << instances.error().message;
  EXPECT_EQ(server.End(SIGTERM), 0);
}

TEST_F(ServeProcessTest, CredentialsAreWrittenOnceAndStayGood) {
  const std::string path = folder_.At("data/admin.json");
  Process first(Serve());
  first.ReadLine();
  const std::string before = *ReadPrivateFile(path);
  EXPECT_EQ(first.End(SIGINT), 0);
  Process second(Serve());
  second.ReadLine();
  EXPECT_EQ(*ReadPrivateFile(path), before);
  EXPECT_EQ(second.End(SIGTERM), 0);
}

TEST_F(ServeProcessTest, TwoServersNeverShareAFolder) {
  Process first(Serve());
  first.ReadLine();
  Process second(Serve());
  EXPECT_EQ(second.ReadLine(), "");
  EXPECT_EQ(second.End(0), 1);
  EXPECT_EQ(first.End(SIGTERM), 0);
}

/// A `rowcall connect` before which a person sits, at a terminal of its own; it asks for the secret "key".
class ConnectAtTerminalTest : public testing::Test {
 protected:
  ConnectAtTerminalTest() {
    EXPECT_TRUE(WritePrivateFile(folder_.At("admin.json"), R"({"user":"u1"})").has_value());
    std::vector<std::string> arguments = {"connect",       "acme",
                                          "--secret",      "key=-",
                                          "--server",      "http://127.0.0.1:1",
                                          "--credentials", folder_.At("admin.json")};
    const std::vector<char*> argv = Argv(arguments);
    const std::string config = folder_.At("config");
    pid_ = forkpty(&terminal_, nullptr, nullptr, nullptr);
    if (pid_ == 0) {
      setenv("XDG_CONFIG_HOME", config.c_str(), 1);
      execv(argv[0], argv.data());
      _exit(127);
    }
  }
  ~ConnectAtTerminalTest() override { close(terminal_); }

  /// What the terminal shows up to `mark`, or to the program's end.
  std::string ShownUntil(std::string_view mark) {
    std::string shown;
    char c = 0;
    while (!shown.ends_with(mark) && read(terminal_, &c, 1) == 1) shown += c;
    return shown;
  }
  void Type(std::string_view text) {
    EXPECT_EQ(write(terminal_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  bool ShowsWhatIsTyped() const {
    termios mode{};
    return tcgetattr(terminal_, &mode) == 0 && (mode.c_lflag & ECHO) != 0;
  }

  TemporaryFolder folder_;
  int terminal_ = -1;
  pid_t pid_ = 0;
};

TEST_F(ConnectAtTerminalTest, ASecretIsAskedForAndNotShownAsItIsTyped) {
  EXPECT_EQ(ShownUntil("key: "), "key: ");
  Type("hunter2\n");
  const std::string shown = ShownUntil("serve --data DIR");
  EXPECT_EQ(shown.find("hunter2"), std::string::npos) << shown;
  EXPECT_NE(shown.find("no answer from http://127.0.0.1:1"), std::string::npos) << shown;
  EXPECT_TRUE(ShowsWhatIsTyped());
  EXPECT_EQ(EndOf(pid_), 1);
}

TEST_F(ConnectAtTerminalTest, CtrlCAtThePromptLeavesTheTerminalAsItWas) {
  ShownUntil("key: ");
  EXPECT_FALSE(ShowsWhatIsTyped());
  Type("\x03");
  EXPECT_EQ(EndOf(pid_), -SIGINT);
  EXPECT_TRUE(ShowsWhatIsTyped());
}

TEST(SandboxProcessTest, SaysWhereItListensAndEndsOnSigterm) {
  Process sandbox({"sandbox", sandbox::kServiceName, "--listen", "127.0.0.1:0"});
  EXPECT_NE(AddressIn(sandbox.ReadLine()), "");
  EXPECT_EQ(sandbox.End(SIGTERM), 0);
}

}  // namespace
}  // namespace rowcall::cli

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <ostream>

#include "base/text.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/table.h"
#include "wire/json_object.h"

namespace rowcall::cli {

namespace {

constexpr Duration kLongestDownload = std::chrono::hours(24);

struct ResultsOptions {
  AccessOptions access;
  std::int64_t job = 0;
  std::string file;
  std::string output;
};

/// A file that others cannot read, and that is there whole or not at all.
class NewFile {
 public:
  static Result<std::unique_ptr<NewFile>> Create(const std::string& path) {
    auto file = std::unique_ptr<NewFile>(new NewFile(path));
    file->stream_ = std::fopen(file->part_.c_str(), "wb");
    if (file->stream_ == nullptr) return file->Failed("made");
    if (fchmod(fileno(file->stream_), 0600) != 0) return file->Failed("made private");
    return file;
  }
  ~NewFile() {
    if (stream_ != nullptr) std::fclose(stream_);
    if (!is_whole_) std::remove(part_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  Result<void> Write(std::string_view bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), stream_) == bytes.size()) return {};
    return Failed("written further");
  }
  Result<void> Finish() {
    const bool closed = std::fclose(std::exchange(stream_, nullptr)) == 0;
    is_whole_ = closed && std::rename(part_.c_str(), path_.c_str()) == 0;
    if (is_whole_) return {};
    return Failed("written to its end");
  }

 private:
  explicit NewFile(const std::string& path) : path_(path), part_(path + ".part") {}

  std::unexpected<Error> Failed(const std::string& what) const {
    return Fail(ErrorKind::unavailable, path_ + " cannot be " + what + ": " + std::strerror(errno));
  }

  const std::string path_, part_;
  std::FILE* stream_ = nullptr;
  bool is_whole_ = false;
};

std::string Target(const ResultsOptions& options) { return "/bulk/" + std::to_string(options.job) + "/results"; }

Result<void> List(const ResultsOptions& options, Client& client, std::ostream& out) {
  ASSIGN_OR_RETURN(const net::HttpAnswer answer, client.Get(Target(options)));
  ASSIGN_OR_RETURN(const auto files, FromAnswer(wire::ParseObjects(answer.body, "The list of result files")));
  std::vector<std::vector<std::string>> table = {{"FILE", "ROWS"}};
  for (const auto& file : files) {
    table.push_back({wire::TextOf(file, "name"), std::to_string(wire::NumberOf(file, "rows"))});
  }
  out << Table(table);
  return {};
}

Result<void> Download(const ResultsOptions& options, Client& client,
                      const std::function<Result<void>(std::string_view)>& take) {
  Call call;
  call.target = Target(options) + "/" + PercentEncode(options.file);
  call.accept = "*/*";
  call.deadline = kLongestDownload;
  Result<void> taken;
  call.take = [&](std::string_view piece) { return taken = take(piece); };
  const Result<net::HttpAnswer> answer = client.Send(call);
  if (!taken) return taken;
  if (!answer) return std::unexpected(answer.error());
  return {};
}

Result<void> Print(const ResultsOptions& options, Client& client, std::ostream& out) {
  const auto check = [&out]() -> Result<void> {
    if (out.good()) return {};
    return Fail(ErrorKind::unavailable, "the output cannot be written to its end");
  };
  const auto take = [&](std::string_view piece) {
    out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
    return check();
  };
  RETURN_IF_ERROR(Download(options, client, take));
  out.flush();
  return check();
}

Result<void> Save(const ResultsOptions& options, Client& client) {
  ASSIGN_OR_RETURN(const auto file, NewFile::Create(options.output));
  RETURN_IF_ERROR(Download(options, client, [&](std::string_view piece) { return file->Write(piece); }));
  return file->Finish();
}

Result<ExitCode> RunResults(const ResultsOptions& options, Surroundings& surroundings) {
  ASSIGN_OR_RETURN(Access access, InstanceAccess(options.access, surroundings.environment));
  ASSIGN_OR_RETURN(const auto client, Client::Open(std::move(access)));
  if (options.file.empty()) {
    RETURN_IF_ERROR(List(options, *client, surroundings.out));
  } else if (options.output.empty()) {
    RETURN_IF_ERROR(Print(options, *client, surroundings.out));
  } else {
    RETURN_IF_ERROR(Save(options, *client));
  }
  return ExitCode::fine;
}

}  // namespace

void AddResults(CLI::App& root, Program& program) {
  auto options = std::make_shared<ResultsOptions>();  // owners: the command, the run
  CLI::App* command =
      root.add_subcommand("results", "Get a job's rows as a file like the one that was sent, with what became of each");
  command->add_option("job", options->job, "The job's id")->required();
  CLI::Option* file = command->add_option("file", options->file,
                                          "successful, failed, unprocessed or all, with .csv, .jsonl or .xlsx behind "
                                          "it; without one, the files are listed");
  command->add_option("--output,-o", options->output, "Where to keep it; standard output if absent")->needs(file);
  AddInstanceOptions(*command, options->access);
  command->footer(Examples({"rowcall results 17", "rowcall results 17 failed.csv --output failed.csv",
                            "rowcall results 17 all.jsonl | jq -r ._outcome | sort | uniq -c"}));
  RunWith(*command, program, options, RunResults);
}

}  // namespace rowcall::cli

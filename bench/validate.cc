// validate CONNECTOR_FOLDER OBJECT FILE: reads FILE as a job would, maps and checks each row, and sends nothing.
// Prints one line of JSON: bytes, rows, rows that may be sent, seconds, CPU seconds. One thread.

#include <time.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>
#include <vector>

#include "connector/connector.h"
#include "formats/row_parser.h"
#include "mapping/mapper.h"

namespace {

using namespace rowcall;

constexpr std::size_t kPiece = 64 * 1024;

struct Count {
  std::int64_t bytes = 0;
  std::int64_t rows = 0;
  std::int64_t good = 0;
};

class Validator {
 public:
  explicit Validator(const model::ObjectSchema& schema) : schema_(schema) {}

  Result<Count> Read(std::istream& file) {
    std::vector<char> piece(kPiece);
    while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())), file.gcount() > 0) {
      const std::string_view bytes(piece.data(), static_cast<std::size_t>(file.gcount()));
      count_.bytes += file.gcount();
      RETURN_IF_ERROR(parser_->Feed(bytes, rows_));
      CheckRows();
    }
    RETURN_IF_ERROR(parser_->Finish(rows_));
    CheckRows();
    return count_;
  }

 private:
  void CheckRows() {
    if (rows_.empty()) return;
    if (!mapper_) {
      const std::vector<std::string>& header = parser_->dialect().header;
      mapper_.emplace(schema_, mapping::MatchByAlias(header, schema_), header);
    }
    for (const model::Row& row : rows_) {
      ++count_.rows;
      if (mapper_->Map(row, model::Personal::hidden).ok()) ++count_.good;
    }
    rows_.clear();
  }

  const model::ObjectSchema& schema_;
  std::unique_ptr<formats::RowParser> parser_ = formats::NewCsvParser();
  std::optional<mapping::Mapper> mapper_;
  std::vector<model::Row> rows_;
  Count count_;
};

double CpuSeconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

Result<Count> Validate(const std::string& folder, const std::string& object, const std::string& path) {
  ASSIGN_OR_RETURN(const connector::Bundle bundle, connector::ReadBundle(folder));
  ASSIGN_OR_RETURN(const auto loaded, connector::Load(bundle));
  const connector::ObjectSpec* spec = loaded->Find(object);
  if (spec == nullptr) return Fail(ErrorKind::not_found, folder + " has no object " + object);
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(ErrorKind::not_found, path + " cannot be opened");
  const auto began = std::chrono::steady_clock::now();
  const double cpu_before = CpuSeconds();
  Validator validator(spec->schema);
  ASSIGN_OR_RETURN(const Count count, validator.Read(file));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf("{\"bytes\": %lld, \"rows\": %lld, \"good\": %lld, \"seconds\": %.4f, \"cpuSeconds\": %.4f}\n",
              static_cast<long long>(count.bytes), static_cast<long long>(count.rows),
              static_cast<long long>(count.good), took.count(), CpuSeconds() - cpu_before);
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: validate CONNECTOR_FOLDER OBJECT FILE\n";
    return 2;
  }
  const Result<Count> done = Validate(argv[1], argv[2], argv[3]);
  if (done) return 0;
  std::cerr << "validate: " << done.error().message << "\n";
  return 1;
}

// From bytes to records: rows like those of script/bench, with the workspace's own field that its sink has.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <memory>

#include "bench/pieces.h"
#include "formats/row_parser.h"
#include "mapping/mapper.h"

namespace rowcall::bench {

namespace {

constexpr std::string_view kHeader = "email,first name,last name,phone,title\n";
constexpr std::string_view kOwnField =
    R"({"data":[{"name":"title","full_name":"custom_attributes.title","data_type":"string","api_writable":true,)"
    R"("custom":true,"archived":false}]})";

std::vector<model::Row> Rows() {
  const auto parser = formats::NewCsvParser();
  std::vector<model::Row> rows;
  Must(parser->Feed(std::string(kHeader) + People(), rows));
  Must(parser->Finish(rows));
  return rows;
}

const mapping::Mapper& PeopleMapper() {
  static const std::vector<std::string> header = {"email", "first name", "last name", "phone", "title"};
  static const model::ObjectSchema schema = Must(connector::WithDiscovered(*Intercom().Find("contact"), kOwnField));
  static const mapping::Mapper mapper(schema, mapping::MatchByAlias(header, schema), header);
  return mapper;
}

}  // namespace

std::string People() {
  std::string people;
  for (std::size_t i = 0; i < kBlock; ++i) {
    people += fmt::format("p{0}@example.com,First{0},Last{0},+1 555 {0:07},Engineer\n", 20'000 + i);
  }
  return people;
}

const connector::Connector& Intercom() {
  static const auto connector = Must(connector::Load(Must(connector::ReadBundle("connectors/intercom"))));
  return *connector;
}

std::vector<model::Record> Records() {
  std::vector<model::Record> records;
  for (const model::Row& row : Rows()) records.push_back(PeopleMapper().Map(row, model::Personal::hidden).record);
  return records;
}

Piece Parse() {
  std::unique_ptr<formats::RowParser> parser = formats::NewCsvParser();
  std::vector<model::Row> rows;
  // The header, and so much behind it that the parser knows what the file is.
  Must(parser->Feed(std::string(kHeader) + People() + People(), rows));
  return [parser = std::move(parser), rows = std::move(rows), people = People()](std::size_t count) mutable {
    for (; count > 0; count -= kBlock) {
      rows.clear();
      Must(parser->Feed(people, rows));
      benchmark::DoNotOptimize(rows.data());
    }
  };
}

Piece Map() {
  return [rows = Rows(), &mapper = PeopleMapper()](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      benchmark::DoNotOptimize(mapper.Map(rows[i % kBlock], model::Personal::hidden).ok());
  };
}

}  // namespace rowcall::bench

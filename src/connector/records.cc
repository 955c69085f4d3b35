#include "connector/records.h"

#include <simdjson.h>

#include <cstring>
#include <vector>

#include "base/text.h"
#include "connector/answer.h"

namespace rowcall::connector {

namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kLongestId = 255;  // it goes into addresses and, for each row, into the ledger

/// The answer's bytes with the room behind them that the parser reads into. One for each thread.
class Padded {
 public:
  simdjson::padded_string_view Copy(std::string_view body) {
    const std::size_t needed = body.size() + simdjson::SIMDJSON_PADDING;
    if (bytes_.size() < needed) bytes_.resize(needed);
    std::memcpy(bytes_.data(), body.data(), body.size());
    return simdjson::padded_string_view(bytes_.data(), body.size(), bytes_.size());
  }
  /// The place in `body` of a piece of the copy, without the blanks that the parser leaves at its end.
  std::string_view Original(std::string_view piece, std::string_view body) const {
    return Trim(body.substr(static_cast<std::size_t>(piece.data() - bytes_.data()), piece.size()));
  }

 private:
  std::vector<char> bytes_;
};

struct Reader {
  ondemand::parser parser;
  Padded padded;
};

Reader& ThisThreadsReader() {
  thread_local Reader reader;
  return reader;
}

/// A text, or a number in the digits of the answer.
std::optional<std::string> Scalar(ondemand::value value) {
  std::string_view text;
  if (value.get_string().get(text) == simdjson::SUCCESS) return std::string(text);
  std::int64_t number = 0;
  if (value.get_int64().get(number) == simdjson::SUCCESS) return std::to_string(number);
  return std::nullopt;
}

std::optional<std::string> IdAt(ondemand::object object, std::string_view path) {
  for (;;) {
    const std::size_t dot = path.find('.');
    ondemand::value value;
    if (object.find_field_unordered(path.substr(0, dot)).get(value)) return std::nullopt;
    if (dot == std::string_view::npos) {
      std::optional<std::string> id = Scalar(value);
      return id && !id->empty() && id->size() <= kLongestId ? id : std::nullopt;
    }
    if (value.get_object().get(object)) return std::nullopt;
    path.remove_prefix(dot + 1);
  }
}

std::unexpected<Error> WrongShape() {
  return Fail(ErrorKind::unavailable, "the service's answer has not the expected shape",
              "Try again; if it stays so, the service's API has changed.");
}

bool ReadsAsRecord(const CallTemplate& call, std::string_view record) {
  return call.id.empty() || IdIn({.method = {}, .path = {}, .body = {}, .id = call.id, .list = {}}, record).has_value();
}

}  // namespace

std::optional<std::string> IdIn(const CallTemplate& call, std::string_view body) {
  if (call.id.empty() && call.list.empty()) return "";
  Reader& reader = ThisThreadsReader();
  ondemand::document document;
  ondemand::object object;
  if (reader.parser.iterate(reader.padded.Copy(body)).get(document)) return std::nullopt;
  if (document.get_object().get(object)) return std::nullopt;
  if (!call.list.empty()) {
    ondemand::array list;
    if (object.find_field_unordered(call.list).get_array().get(list) == simdjson::SUCCESS) return "";
    if (object.reset().error()) return std::nullopt;
  }
  return IdAt(object, call.id);
}

Result<std::vector<std::string_view>> RecordsIn(const CallTemplate& call, std::string_view body) {
  Reader& reader = ThisThreadsReader();
  ondemand::document document;
  ondemand::object object;
  if (reader.parser.iterate(reader.padded.Copy(body)).get(document)) return WrongShape();
  if (document.get_object().get(object)) return WrongShape();
  std::vector<std::string_view> records;
  ondemand::array list;
  std::string_view piece;
  if (!call.list.empty() && object.find_field_unordered(call.list).get_array().get(list) == simdjson::SUCCESS) {
    for (auto element : list) {
      ondemand::object record;
      if (element.get_object().get(record) || record.raw_json().get(piece)) return WrongShape();
      records.push_back(reader.padded.Original(piece, body));
    }
  } else {
    if (object.reset().error() || object.raw_json().get(piece)) return WrongShape();
    records.push_back(reader.padded.Original(piece, body));
  }
  for (const std::string_view record : records) {
    if (!ReadsAsRecord(call, record)) return WrongShape();
  }
  return records;
}

}  // namespace rowcall::connector

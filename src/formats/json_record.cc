#include "formats/json_record.h"

#include <boost/json/basic_parser_impl.hpp>

#include <limits>
#include <utility>

namespace rowcall::formats {

namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDepth = 64;

/// Gets the events of one record and keeps its keys and values. `depth_` is 1 in the record and 2 in an object inside;
/// what lies deeper, or in an array, is passed over while `deep_` counts its open brackets.
class Handler {
 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

  void Clear() {
    fields_.clear();
    text_.clear();
    depth_ = 0;
    deep_ = 0;
    is_object_ = false;
  }
  const std::vector<JsonField>& fields() const { return fields_; }
  bool is_object() const { return is_object_; }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }

  bool on_object_begin(json::error_code&) {
    if (deep_ > 0 || depth_ == 2) return GoDeeper();
    if (depth_ == 0) is_object_ = true;
    outer_ = depth_ == 1 ? key_ + "." : std::string();
    ++depth_;
    return true;
  }
  bool on_object_end(std::size_t size, json::error_code&) {
    if (deep_ > 0) return ComeBack(size);
    --depth_;
    outer_.clear();
    return true;
  }
  bool on_array_begin(json::error_code&) { return GoDeeper(); }
  bool on_array_end(std::size_t size, json::error_code&) { return ComeBack(size); }

  bool on_key_part(json::string_view part, std::size_t, json::error_code&) { return Gather(part); }
  bool on_key(json::string_view part, std::size_t, json::error_code&) {
    Gather(part);
    key_ = outer_ + text_;
    text_.clear();
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) { return Gather(part); }
  bool on_string(json::string_view part, std::size_t, json::error_code&) { return Gather(part) && Keep(); }
  bool on_number_part(json::string_view part, json::error_code&) { return Gather(part); }
  bool on_int64(std::int64_t, json::string_view part, json::error_code&) { return Gather(part) && Keep(); }
  bool on_uint64(std::uint64_t, json::string_view part, json::error_code&) { return Gather(part) && Keep(); }
  bool on_double(double, json::string_view part, json::error_code&) { return Gather(part) && Keep(); }
  bool on_bool(bool value, json::error_code&) { return Gather(value ? "true" : "false") && Keep(); }
  bool on_null(json::error_code&) { return Keep(); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  bool Gather(json::string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool Keep() {
    if (deep_ == 0 && depth_ > 0) fields_.push_back({key_, std::exchange(text_, {}), false});
    text_.clear();
    return true;
  }
  bool GoDeeper() {
    if (++deep_ == 1 && depth_ > 0) fields_.push_back({key_, {}, true});
    return true;
  }
  bool ComeBack(std::size_t size) {
    if (--deep_ == 0 && depth_ > 0 && size == 0) fields_.back().nested = false;  // an empty one holds nothing: blank
    return true;
  }

  std::vector<JsonField> fields_;
  std::string key_;
  std::string outer_;  ///< The key of the object inside which we are, and a dot.
  std::string text_;
  std::size_t depth_ = 0;
  std::size_t deep_ = 0;
  bool is_object_ = false;
};

std::string Explain(const json::error_code& error) {
  if (error == json::error::too_deep) return "the record is nested more than 64 levels deep";
  if (error == json::error::incomplete) return "the record ends before it is complete";
  return "this is not valid JSON (" + error.message() + ")";
}

json::parse_options Options() {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  return options;
}

}  // namespace

struct JsonRecordReader::Parser {
  json::basic_parser<Handler> parser{Options()};
};

JsonRecordReader::JsonRecordReader() : parser_(std::make_unique<Parser>()) {}

JsonRecordReader::~JsonRecordReader() = default;

bool JsonRecordReader::Read(std::string_view record) {
  auto& parser = parser_->parser;
  parser.reset();
  parser.handler().Clear();
  json::error_code failure;
  const std::size_t read = parser.write_some(false, record.data(), record.size(), failure);
  if (failure) {
    error_ = {read, Explain(failure)};
  } else if (read < record.size()) {
    error_ = {read, "something follows the record on its line"};
  } else if (!parser.handler().is_object()) {
    error_ = {0, "the record is not an object", true};
  } else {
    return true;
  }
  return false;
}

const std::vector<JsonField>& JsonRecordReader::fields() const { return parser_->parser.handler().fields(); }

}  // namespace rowcall::formats

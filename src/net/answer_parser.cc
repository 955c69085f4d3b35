#include "net/answer_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include "base/text.h"
#include "net/beast_parser.h"

namespace rowcall::net {

namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::uint32_t kMaxHead = 64 * 1024;
constexpr std::size_t kUsualFields = 16;
constexpr std::size_t kFirstReserve = 64 * 1024;  // a stated length is a claim, not a fact

}  // namespace

class AnswerParser::Parser final : public http::basic_parser<false> {
 public:
  Parser(bool to_head, std::size_t max_body, const Take2xx* take) : max_body_(max_body), take_(take) {
    header_limit(kMaxHead);
    body_limit(boost::none);
    skip(to_head);
  }

  HttpAnswer answer;
  Result<void> taken;

  bool interim() const { return answer.status < 200; }

 private:
  bool is_taken() const { return take_ != nullptr && answer.status >= 200 && answer.status <= 299; }

  void on_request_impl(http::verb, BeastText, BeastText, int, error_code&) override {}

  void on_response_impl(int status, BeastText, int version, error_code& error) override {
    answer.status = status;
    answer.headers.Reserve(kUsualFields);
    http10_ = version < 11;
    if (status < 100 || status == 101) error = http::error::bad_status;  // an upgrade is never asked for
  }

  void on_field_impl(http::field field, BeastText name, BeastText value, error_code& error) override {
    if (is_header_done()) return;  // a trailer
    if (field == http::field::transfer_encoding && (http10_ || !EqualsIgnoringAsciiCase(View(value), "chunked"))) {
      error = http::error::bad_transfer_encoding;
    }
    answer.headers.Add(std::string(name), std::string(value));
  }

  void on_header_impl(error_code&) override {}

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& error) override {
    if (!length || is_taken()) return;
    if (*length > max_body_) {
      error = http::error::body_limit;
    } else {
      answer.body.reserve(std::min<std::size_t>(*length, kFirstReserve));
    }
  }

  std::size_t on_body_impl(BeastText body, error_code& error) override {
    if (is_taken()) {
      taken = (*take_)(View(body));
      if (!taken) error = make_error_code(boost::system::errc::io_error);
      return body.size();
    }
    if (body.size() > max_body_ - answer.body.size()) {
      error = http::error::body_limit;
      return 0;
    }
    answer.body.append(body.data(), body.size());
    return body.size();
  }

  void on_chunk_header_impl(std::uint64_t size, BeastText, error_code& error) override {
    if (!is_taken() && size > max_body_ - answer.body.size()) error = http::error::body_limit;
  }

  std::size_t on_chunk_body_impl(std::uint64_t, BeastText body, error_code& error) override {
    return on_body_impl(body, error);
  }

  void on_finish_impl(error_code&) override {}

  std::size_t max_body_;
  const Take2xx* const take_;
  bool http10_ = false;
};

AnswerParser::AnswerParser() = default;
AnswerParser::~AnswerParser() = default;

void AnswerParser::Begin(std::string_view method, std::size_t max_body, const Take2xx* take) {
  to_head_ = method == "HEAD";
  max_body_ = max_body;
  head_bytes_ = 0;
  take_ = take;
  parser_ = std::make_unique<Parser>(to_head_, max_body_, take);
}

Result<std::size_t> AnswerParser::Feed(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size()) {
    error_code error;
    const std::string_view rest = bytes.substr(used);
    if (parser_->is_header_done() && parser_->chunked() && rest.size() < kLeastChunkEnd) break;
    const std::size_t step = parser_->put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    used += step;
    if (!parser_->taken) return std::unexpected(parser_->taken.error());
    if (error == http::error::body_limit) {
      return Fail(ErrorKind::too_large, "the answer is longer than " + std::to_string(max_body_) + " bytes");
    }
    const bool interim = parser_->is_done() && parser_->interim();
    if (!parser_->is_header_done() || interim) head_bytes_ += step;
    const std::size_t unread_head = parser_->is_header_done() ? 0 : bytes.size() - used;
    const bool long_head = head_bytes_ + unread_head >= kMaxHead;
    if (error && error != http::error::need_more && !long_head) {
      return Fail(ErrorKind::unavailable, "the answer is not HTTP: " + error.message());
    }
    if (long_head) {
      return Fail(ErrorKind::too_large, "the header of the answer is longer than 64 KiB");
    }
    if (interim) {
      parser_ = std::make_unique<Parser>(to_head_, max_body_, take_);
    } else if (parser_->is_done() || error == http::error::need_more) {
      break;
    }
  }
  return used;
}

Result<void> AnswerParser::End() {
  error_code error = http::error::partial_message;
  if (parser_->got_some()) parser_->put_eof(error);
  if (error) return Fail(ErrorKind::unavailable, "the connection was closed before the answer was complete");
  return {};
}

bool AnswerParser::done() const { return parser_->is_done(); }

bool AnswerParser::keep_alive() const { return parser_->keep_alive(); }

HttpAnswer AnswerParser::Take() { return std::move(parser_->answer); }

}  // namespace rowcall::net

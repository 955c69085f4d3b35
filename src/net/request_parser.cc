#include "net/request_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>

#include "base/text.h"
#include "net/beast_parser.h"

namespace rowcall::net {

namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::size_t kMaxChunkFraming = 8 * 1024;  // a chunk's size line, or all trailers

/// Whether a Host field may have this value: "name", "192.0.2.1:80", "[2001:db8::1]:80" or nothing. No list, no path, no
/// user: what another reader could take for another host.
bool IsHost(std::string_view value) {
  return std::ranges::all_of(value, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("-._~%!$&'()*+;=:[]").contains(c);
  });
}

}  // namespace

class RequestParser::Parser final : public http::basic_parser<true> {
 public:
  explicit Parser(std::uint64_t max_body_bytes) {
    header_limit(std::numeric_limits<std::uint32_t>::max());  // HeadScanner has checked
    body_limit(max_body_bytes);
  }

  RequestHead head;
  std::string_view piece;

  bool TwoHosts() const { return hosts_ != 1 && !head.http10; }

 private:
  void on_request_impl(http::verb, BeastText method, BeastText target, int version, error_code&) override {
    head.method = View(method);
    head.target = View(target);
    head.http10 = version < 11;
  }

  void on_response_impl(int, BeastText, int, error_code&) override {}

  void on_field_impl(http::field field, BeastText name, BeastText value, error_code& error) override {
    if (is_header_done()) {  // a trailer: of no use here, and none may say again what the header has said
      if (field == http::field::host) error = http::error::bad_field;
      return;
    }
    if (field == http::field::content_length && (++lengths_ > 1 || View(value).contains(','))) {
      error = http::error::multiple_content_length;
    } else if (field == http::field::transfer_encoding &&
               (head.http10 || !EqualsIgnoringAsciiCase(View(value), "chunked"))) {
      error = http::error::bad_transfer_encoding;
    } else if (field == http::field::host) {
      ++hosts_;
      if (!IsHost(View(value))) error = http::error::bad_value;
    } else if (field == http::field::expect) {
      head.expects_continue = !head.http10 && EqualsIgnoringAsciiCase(View(value), "100-continue");
    }
    head.headers.Add(std::string(name), std::string(value));
  }

  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}

  std::size_t on_body_impl(BeastText body, error_code&) override {
    piece = View(body);
    return body.size();
  }

  // A quoted extension may hold a line feed, which another reader could take for the end of the line.
  void on_chunk_header_impl(std::uint64_t, BeastText extensions, error_code& error) override {
    if (View(extensions).contains('\n')) error = http::error::bad_chunk_extension;
  }

  std::size_t on_chunk_body_impl(std::uint64_t, BeastText body, error_code&) override {
    piece = View(body);
    return body.size();
  }

  void on_finish_impl(error_code&) override {}

  int lengths_ = 0;
  int hosts_ = 0;
};

RequestParser::RequestParser(std::uint64_t max_body_bytes) : max_body_bytes_(max_body_bytes) {}
RequestParser::~RequestParser() = default;

std::unexpected<Error> RequestParser::BodyTooLarge() const {
  return Fail(ErrorKind::too_large, "the request's body is longer than " + std::to_string(max_body_bytes_) + " bytes",
              "Send it in parts, or have the server's operator raise the limit.");
}

Result<RequestHead> RequestParser::Head(std::string_view bytes) {
  parser_ = std::make_unique<Parser>(max_body_bytes_);
  error_code error;
  const std::size_t used = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (error == http::error::body_limit) return BodyTooLarge();
  if (error) return Fail(ErrorKind::invalid, "the request's header is malformed: " + error.message());
  if (used != bytes.size() || !parser_->is_header_done()) {
    return Fail(ErrorKind::invalid, "the request's header is malformed");
  }
  if (parser_->TwoHosts()) return Fail(ErrorKind::invalid, "the request does not have exactly one Host");
  parser_->head.keep_alive = parser_->keep_alive();
  return std::move(parser_->head);
}

Result<RequestParser::Piece> RequestParser::Body(std::string_view bytes) {
  parser_->piece = {};
  if (parser_->chunked() && bytes.size() < kLeastChunkEnd) return Piece{};
  error_code error;
  const std::size_t used = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (error == http::error::body_limit) return BodyTooLarge();
  if (error && error != http::error::need_more) {
    return Fail(ErrorKind::invalid, "the request's body is malformed: " + error.message());
  }
  // Whether it came at once or is still to be completed.
  const std::size_t framing = used == 0 ? bytes.size() : used - parser_->piece.size();
  if (framing > kMaxChunkFraming) {
    return Fail(ErrorKind::invalid, "a chunk of the request's body is framed by more than 8 KiB");
  }
  return Piece{used, parser_->piece};
}

bool RequestParser::done() const { return parser_->is_done(); }

std::optional<std::uint64_t> RequestParser::remaining() const {
  if (done()) return 0;
  if (const auto remaining = parser_->content_length_remaining()) return *remaining;
  return std::nullopt;
}

}  // namespace rowcall::net

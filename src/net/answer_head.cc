#include "net/answer_head.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/json_writer.h"
#include "base/text.h"

namespace rowcall::net {

namespace {

struct Phrase {
  int status;
  std::string_view text;
};

constexpr Phrase kPhrases[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {425, "Too Early"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

constexpr std::array<std::string_view, 4> kServersOwn = {"content-length", "connection", "date", "transfer-encoding"};

bool IsServersOwn(std::string_view name) {
  return std::ranges::any_of(kServersOwn, [name](std::string_view own) { return EqualsIgnoringAsciiCase(own, name); });
}

void AppendOneLine(std::string& out, std::string_view text) {
  for (const char c : text) out += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
}

void AppendFraming(std::string& out, const AnswerHead& head) {
  if (head.framing == Framing::counted) {
    out.append("Content-Length: ").append(std::to_string(head.length)).append("\r\n");
  } else if (head.framing == Framing::chunked) {
    out.append("Transfer-Encoding: chunked\r\n");
  }
  if (!head.connection.empty()) out.append("Connection: ").append(head.connection).append("\r\n");
}

}  // namespace

std::string_view StatusPhrase(int status) {
  const auto* found = std::ranges::lower_bound(kPhrases, status, {}, &Phrase::status);
  return found != std::end(kPhrases) && found->status == status ? found->text : "";
}

std::string HttpDate(WallTime time) {
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT", kDays[std::chrono::weekday(day).c_encoding()],
                static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                static_cast<int>(date.year()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
  return text;
}

void AppendAnswerHead(std::string& out, const ServerAnswer& answer, const AnswerHead& head) {
  out.append("HTTP/1.1 ").append(std::to_string(answer.status)).append(" ").append(StatusPhrase(answer.status));
  out.append("\r\nDate: ").append(head.date).append("\r\n");
  for (const auto& [name, value] : answer.headers.all()) {
    if (IsServersOwn(name)) continue;
    AppendOneLine(out, name);
    out.append(": ");
    AppendOneLine(out, value);
    out.append("\r\n");
  }
  AppendFraming(out, head);
  out.append("\r\n");
}

ServerAnswer Problem(int status, std::string_view detail, std::string_view request_id) {
  ServerAnswer answer;
  answer.status = status;
  answer.headers.Add("Content-Type", "application/problem+json");
  answer.headers.Add("X-Request-Id", std::string(request_id));
  JsonWriter json(answer.body);
  json.BeginObject().Key("type").String("about:blank").Key("title").String(StatusPhrase(status));
  json.Key("status").Int(status).Key("detail").String(detail).Key("message").String(detail);
  json.Key("requestId").String(request_id).EndObject();
  return answer;
}

}  // namespace rowcall::net

// From a record to what the service said of it, without the socket between.
#include <benchmark/benchmark.h>

#include "bench/pieces.h"
#include "connector/answer.h"
#include "connector/request.h"
#include "net/answer_parser.h"
#include "net/client_connection.h"

namespace rowcall::bench {

namespace {

constexpr std::size_t kMostAnswer = 1 << 20;

/// What nginx sends by bench/sink.conf.
std::string AnswerBytes() {
  const std::string body =
      R"({"type":"contact","id":"6762f0dd1bb69f9f2193bb83","workspace_id":"ecahpwf5","external_id":null,)"
      R"("role":"user","email":"p1@example.com","phone":"+15550000001","name":"First1 Last1",)"
      R"("created_at":1734537437,"updated_at":1734537437,"custom_attributes":{"title":"Engineer"},)"
      R"("companies":{"type":"list","data":[],"url":"/contacts/6762f0dd1bb69f9f2193bb83/companies","total_count":0}})";
  return "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Wed, 18 Dec 2024 15:57:17 GMT\r\n"
         "Content-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\nConnection: keep-alive\r\n\r\n" + body;
}

net::HttpAnswer Parsed(net::AnswerParser& parser, std::string_view bytes) {
  parser.Begin("POST", kMostAnswer);
  while (!parser.done()) bytes.remove_prefix(Must(parser.Feed(bytes)));
  return parser.Take();
}

}  // namespace

Piece Body() {
  return [records = Records()](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) benchmark::DoNotOptimize(connector::RecordBody(records[i % kBlock]));
  };
}

Piece Request() {
  net::HttpRequest request;
  request.method = "POST";
  request.url = Must(net::ParseUrl("http://127.0.0.1:8080/contacts"));
  for (const auto& [name, value] : Intercom().headers) request.headers.Add(name, value);
  request.headers.Add("Authorization", "Bearer dG9rOmY1ZjY3ZWNmXzA3NWFfNGQ4Nl9hNTk0XzIwZTk1ZDI4ZmMyMjoxOjA=");
  request.headers.Add("Content-Type", "application/json");
  // The client keeps the fields of the request before, and the same go out with each row.
  const std::string fields = Must(net::CheckedFields(request.headers));
  return [request, fields, body = connector::RecordBody(Records().front())](std::size_t count) mutable {
    request.body = body;
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
      Must(net::CheckRequest(request));
      out.clear();
      net::AppendRequest(out, request, fields);
      benchmark::DoNotOptimize(out.data());
    }
  };
}

Piece Answer() {
  return [bytes = AnswerBytes()](std::size_t count) {
    net::AnswerParser parser;
    for (std::size_t i = 0; i < count; ++i) benchmark::DoNotOptimize(Parsed(parser, bytes));
  };
}

Piece Classify() {
  net::AnswerParser parser;
  return [answer = Parsed(parser, AnswerBytes()), &call = *Intercom().Find("contact")->create](std::size_t count) {
    const connector::Answer view{answer.status, &answer.headers.all(), answer.body};
    for (std::size_t i = 0; i < count; ++i) benchmark::DoNotOptimize(connector::Classify(Intercom(), call, view));
  };
}

}  // namespace rowcall::bench

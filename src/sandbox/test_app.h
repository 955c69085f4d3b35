#pragma once

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <utility>

#include "sandbox/service.h"

namespace rowcall::sandbox {

/// What came back, with the body read.
struct Seen {
  Reply reply;
  boost::json::value body;
  int status() const { return reply.status; }
  const boost::json::value& operator[](std::string_view key) const { return body.at(key); }
  std::string Text(std::string_view key) const { return std::string(body.at(key).as_string()); }
  std::string ErrorCode() const { return std::string(body.at("errors").at(0).at("code").as_string()); }
  std::string ErrorMessage() const { return std::string(body.at("errors").at(0).at("message").as_string()); }
  std::string Header(std::string_view name) const { return std::string(reply.headers.Find(name).value_or("")); }
};

/// An application with a good token, without sockets, on a clock that the test moves.
class TestApp {
 public:
  explicit TestApp(SandboxOptions options = {}, std::string_view script = "[]")
      : service_(clock, options, ParseFaultScript(script).value()) {}

  static Request MakeRequest(std::string method, std::string target, std::string body) {
    return {.method = std::move(method),
            .target = std::move(target),
            .authorization = "Bearer sandbox-token",
            .version = "2.16",
            .accept = "application/json",
            .body = std::move(body),
            .headers = {}};
  }
  Seen Send(const Request& request) {
    Seen seen{service_.Handle(request), {}};
    std::string text = seen.reply.body;
    for (std::string piece; seen.reply.more && !(piece = seen.reply.more()).empty();) text += piece;
    boost::system::error_code error;  // a spoilt body stays null
    seen.body = boost::json::parse(text, error);
    return seen;
  }
  Seen Get(std::string target) { return Send(MakeRequest("GET", std::move(target), {})); }
  Seen Post(std::string target, std::string body = {}) {
    return Send(MakeRequest("POST", std::move(target), std::move(body)));
  }
  Seen Put(std::string target, std::string body) {
    return Send(MakeRequest("PUT", std::move(target), std::move(body)));
  }
  Seen Delete(std::string target) { return Send(MakeRequest("DELETE", std::move(target), {})); }
  /// Creates and gives back the id.
  std::string MakeContact(std::string body) { return Post("/contacts", std::move(body)).Text("id"); }
  std::string MakeCompany(std::string body) { return Post("/companies", std::move(body)).Text("id"); }
  Service& service() { return service_; }

  FakeClock clock;

 private:
  Service service_;
};

}  // namespace rowcall::sandbox

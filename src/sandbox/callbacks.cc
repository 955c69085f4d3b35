#include "sandbox/callbacks.h"

#include <utility>

#include "base/crypto.h"
#include "base/json_writer.h"

namespace rowcall::sandbox {

void Callbacks::Add(WallTime at, net::Headers headers, std::string body) {
  if (received_.size() == kKept) received_.pop_front();
  received_.push_back({at, std::move(headers), std::move(body)});
}

std::string Callbacks::Show() const {
  std::string text;
  JsonWriter json(text);
  json.BeginArray();
  for (const Received& received : received_) {
    json.BeginObject().Key("received_at").Int(received.at.time_since_epoch().count()).Key("headers").BeginObject();
    for (const auto& [name, value] : received.headers.all()) json.Key(name).String(value);
    json.EndObject().Key("body_base64").String(Base64(received.body)).EndObject();
  }
  json.EndArray();
  return text;
}

}  // namespace rowcall::sandbox

#include "sandbox/request_log.h"

#include <algorithm>

#include "sandbox/routes.h"

namespace rowcall::sandbox {

void RequestCounts::Count(std::optional<std::size_t> route, int status) {
  ++total_;
  ++by_status_[status];
  if (!route.has_value()) {
    ++unknown_;
    return;
  }
  by_route_.resize(std::max(by_route_.size(), Routes().size()));
  ++by_route_[*route];
}

void RequestCounts::AppendTo(JsonWriter& json) const {
  json.Key("total").Int(total_).Key("by_status").BeginObject();
  for (const auto& [status, count] : by_status_) {
    json.Key(status == 0 ? "none" : std::to_string(status)).Int(count);
  }
  json.EndObject().Key("by_operation").BeginObject();
  for (std::size_t route = 0; route < by_route_.size(); ++route) {
    if (by_route_[route] > 0) json.Key(Routes()[route].Operation()).Int(by_route_[route]);
  }
  if (unknown_ > 0) json.Key("unknown").Int(unknown_);
  json.EndObject();
}

void RequestLog::Add(LoggedRequest request) {
  request.sequence = ++last_;
  requests_.push_back(std::move(request));
  if (requests_.size() > kKept) requests_.pop_front();
}

std::string RequestLog::Show(std::int64_t after) const {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("first").Int(requests_.empty() ? last_ + 1 : requests_.front().sequence);
  json.Key("last").Int(last_).Key("log").BeginArray();
  for (const LoggedRequest& request : requests_) {
    if (request.sequence <= after) continue;
    json.BeginObject().Key("sequence").Int(request.sequence).Key("at_ms").Int(request.at.time_since_epoch().count());
    json.Key("operation").String(request.operation).Key("status").Int(request.status);
    json.Key("key").String(request.key).Key("id").String(request.id);
    if (!request.fault.empty()) json.Key("fault").String(request.fault);
    json.EndObject();
  }
  json.EndArray().EndObject();
  return body;
}

}  // namespace rowcall::sandbox

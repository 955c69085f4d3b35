#include "dispatch/probe.h"

#include <fmt/format.h>

#include <utility>

#include "connector/answer.h"
#include "connector/request.h"
#include "dispatch/lane.h"
#include "dispatch/redact.h"

namespace rowcall::dispatch {

namespace {

using connector::Meaning;

struct Answered {
  std::string body;
};

/// One GET outside of any job. A refusal becomes an error that a person can act on.
async::Task<Result<Answered>> Ask(net::HttpClient& http, const connector::Connector& connector,
                                  const model::Instance& instance, const connector::CallTemplate& call) {
  net::HttpRequest request;
  request.method = call.method;
  ASSIGN_OR_CO_RETURN(request.url, AddressOf(connector, instance, call.path));
  request.only_allowed_by_hand = !IsOwnHost(connector, request.url);
  ASSIGN_OR_CO_RETURN(request.headers, SignedInHeaders(connector, instance));
  request.deadline = connector.deadline;
  net::Exchange exchange = co_await http.Send(request);
  if (exchange.delivery != net::Delivery::answered) {
    const ErrorKind kind = exchange.error.kind == ErrorKind::forbidden ? ErrorKind::forbidden : ErrorKind::unavailable;
    co_return Fail(kind, fmt::format("{} does not answer: {}", connector.title, exchange.error.message),
                   exchange.error.hint);
  }
  const connector::Answer answer{exchange.answer.status, &exchange.answer.headers.all(), exchange.answer.body};
  connector::Verdict verdict = connector::Classify(connector, call, answer);
  if (verdict.meaning == Meaning::yes) co_return Answered{std::move(exchange.answer.body)};
  model::Reason& reason = verdict.reason.Edit();
  Redact(instance, reason);
  const ErrorKind kind = verdict.meaning == Meaning::stop ? ErrorKind::unauthenticated : ErrorKind::unavailable;
  const std::string& words = reason.service_message.empty() ? reason.message : reason.service_message;
  co_return Fail(
      kind, fmt::format("{} answered {} {}: {}", connector.title, exchange.answer.status, reason.service_code, words),
      reason.hint);
}

}  // namespace

async::Task<Result<ConnectionReport>> TestConnection(net::HttpClient& http, const connector::Connector& connector,
                                                     const model::Instance& instance) {
  ASSIGN_OR_CO_RETURN(const Answered answered, co_await Ask(http, connector, instance, connector.test));
  ConnectionReport report;
  for (const std::string& shown : connector.test_shows) {
    if (auto value = connector::TextAt(answered.body, shown)) report.emplace_back(shown, *std::move(value));
  }
  co_return report;
}

async::Task<Result<model::ObjectSchema>> DiscoverSchema(net::HttpClient& http, const connector::Connector& connector,
                                                        const connector::ObjectSpec& object,
                                                        const model::Instance& instance) {
  model::ObjectSchema schema = object.schema;
  if (object.discover) {
    ASSIGN_OR_CO_RETURN(const Answered answered, co_await Ask(http, connector, instance, object.discover->call));
    ASSIGN_OR_CO_RETURN(schema, connector::WithDiscovered(object, answered.body));
  }
  for (const auto& [relation, name] : object.relations) {
    const connector::ObjectSpec* related = connector.Find(name);
    if (related == nullptr || !related->discover) continue;
    ASSIGN_OR_CO_RETURN(const Answered answered, co_await Ask(http, connector, instance, related->discover->call));
    ASSIGN_OR_CO_RETURN(const model::ObjectSchema found, connector::WithDiscovered(*related, answered.body));
    for (const model::Field& field : found.fields) {
      if (!field.custom) continue;
      model::Field joined = field;
      joined.path = relation + "." + field.path;
      for (std::string& alias : joined.aliases) alias = relation + " " + alias;
      schema.fields.push_back(std::move(joined));
    }
  }
  co_return schema;
}

}  // namespace rowcall::dispatch

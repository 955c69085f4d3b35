#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/call.h"
#include "results/page.h"
#include "wire/problem.h"

namespace rowcall::api {

/// 200 with a JSON body.
net::ServerAnswer JsonAnswer(std::string json);
/// 200 with a page of a list: its elements, Elements-Returned-Count and, but on the last page, Elements-Next-Page-Token.
net::ServerAnswer PageAnswer(results::Page page);

/// A problem document; its request id is filled in.
net::ServerAnswer ProblemAnswer(const Call& call, wire::Problem problem);
/// An error that a handler ended with: status by kind. What is our own fault is logged with the request id and told
/// without detail.
net::ServerAnswer ErrorAnswer(const Call& call, const Error& error);
/// 400 for a body, with a pointer to each fault. `what` is the body's name in the sentence.
net::ServerAnswer FaultsAnswer(const Call& call, std::string_view what, wire::Faults faults);
/// Another refusal, in the words given.
net::ServerAnswer RefusalAnswer(const Call& call, int status, std::string code, std::string detail, std::string hint);
/// 415, with what to send instead.
net::ServerAnswer UnsupportedAnswer(const Call& call, std::string detail, std::string hint);
/// 501: a part of Open Connectors' contract that is not there yet.
net::ServerAnswer NotYetAnswer(const Call& call, std::string detail, std::string hint);
/// The connected service refused or did not answer: `status` 400 or 502, its words under `providerMessage`.
net::ServerAnswer ServiceAnswer(const Call& call, int status, const Error& error);

/// Text of a caller as it may be quoted in a sentence: at most 100 bytes, what is not printable UTF-8 as "?".
std::string Quoted(std::string_view text);

/// The refusal of a request whose body is compressed as a whole (Content-Encoding); nullopt if it is not.
std::optional<net::ServerAnswer> RefuseIfEncoded(const Call& call);
/// The refusal of a request whose body is not application/json, in clear; nullopt if it is.
std::optional<net::ServerAnswer> RefuseUnlessJson(const Call& call);
/// No JSON body is longer.
inline constexpr std::size_t kMaxJsonBytes = 64 * 1024;

}  // namespace rowcall::api

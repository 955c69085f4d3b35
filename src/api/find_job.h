#pragma once

#include <optional>
#include <string_view>

#include "api/call.h"
#include "model/job.h"
#include "wire/status.h"

namespace rowcall::api {

/// The job that the path's {id} names, if it is one of the caller's instance. Fails with `not_found` in the same words
/// whether the id is nobody's, somebody else's or no id at all.
async::Task<Result<model::Job>> FindJob(const Call& call);

/// The same, if its rows are still there. Fails with `gone` and says when they were purged.
async::Task<Result<model::Job>> FindJobWithRows(const Call& call);

/// What retries have made of a job's rows; nullopt while it has not ended.
async::Task<Result<std::optional<wire::Retries>>> RetriesOf(ledger::Ledger& ledger, const model::Job& job);

/// What a completed job of this instance is called: "COMPLETED", or what its setting `bulk.status.completed` says.
std::string_view CompletedWord(const model::Instance& instance);

/// A positive decimal number as an id; 0 if the text is not one.
std::int64_t ReadId(std::string_view text);

}  // namespace rowcall::api

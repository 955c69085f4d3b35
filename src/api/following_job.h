#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/call.h"
#include "files/file_store.h"
#include "ledger/ledger.h"
#include "model/job.h"
#include "net/http_server.h"

namespace rowcall::api {

/// The job that retries of this one, and retries of these, began with.
JobId RootOf(const model::Job& job);

/// The refusal of a retry or an undo of a job that has not ended, of which no row was read, or of whose rows another
/// retry or undo is under way. nullopt: it may begin. `followers`: what Ledger::RetriesUnder() gave.
std::optional<net::ServerAnswer> RefuseToFollow(const Call& call, const model::Job& job,
                                                const std::vector<model::Job>& followers);
/// The refusal because of that other retry or undo.
net::ServerAnswer UnderWayAnswer(const Call& call, const model::Job& other);

/// What a job of the same kind over rows of `job` is asked for, but for its file.
model::JobOrder OrderBehind(const model::Job& job, std::string callback_url);

/// A stored file as the one of an order.
void Refer(const files::StoredFile& stored, model::FileRef& file);

/// Puts the order into the ledger, unless a retry or undo came before it: `known` is how many there were when its rows
/// were chosen. If no job was made, its file is removed; where nobody can tell, it stays.
async::Task<Result<ledger::CreatedJob>> EnterBehind(const Call& call, const model::JobOrder& order, std::size_t known);

}  // namespace rowcall::api

#pragma once

#include "api/call.h"

namespace rowcall::api {

/// The handlers, one block for each file. What each does stands in contract/openapi.yaml.

using Handled = async::Task<Result<net::ServerAnswer>>;

// service.cc
Handled GetHealth(Call& call);
Handled GetReadiness(Call& call);
Handled GetMetrics(Call& call);
Handled GetOpenApi(Call& call);
Handled Ping(Call& call);

// elements.cc
Handled ListElements(Call& call);
Handled GetElementMetadata(Call& call);
Handled ListElementObjects(Call& call);

// instances.cc
Handled CreateInstance(Call& call);
Handled ListInstances(Call& call);
Handled GetInstance(Call& call);
Handled ChangeInstance(Call& call);
Handled DeleteInstance(Call& call);

// objects.cc
Handled ListObjects(Call& call);
Handled GetObjectMetadata(Call& call);

// mappings.cc
Handled ListMappings(Call& call);
Handled GetMapping(Call& call);
Handled PutMapping(Call& call);
Handled DeleteMapping(Call& call);

// upload.cc
Handled UploadFile(Call& call);

// jobs.cc
Handled GetJobStatus(Call& call);
Handled CancelJob(Call& call);
Handled PauseJob(Call& call);
Handled FollowJob(Call& call);
Handled ResumeJob(Call& call);
Handled ListJobErrors(Call& call);
Handled ListJobRows(Call& call);
Handled ListJobCauses(Call& call);
Handled PurgeJobRows(Call& call);

// retry.cc
Handled RetryJob(Call& call);

// undo.cc
Handled PlanUndo(Call& call);
Handled UndoJob(Call& call);

// results.cc
Handled ListResultFiles(Call& call);
Handled GetResultFile(Call& call);

// job_list.cc
Handled ListJobs(Call& call);

}  // namespace rowcall::api

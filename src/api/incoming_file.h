#pragma once

#include <string>

#include "api/call.h"
#include "api/upload_form.h"
#include "model/job.h"

namespace rowcall::api {

/// A key for a file that comes in, which no other has.
std::string NewFileKey();

/// The last part of a path or file name, as text that can be shown.
std::string ShownName(const std::string& path, const std::string& filename);

/// By the file's name, or the type that its part says; CSV where nothing is said.
model::FileFormat FormatByName(const UploadForm& form);

/// The address that is told when the job ends, "" if none is asked for. Fails with `invalid` if it cannot be one.
Result<std::string> CallbackUrl(const Call& call);

}  // namespace rowcall::api

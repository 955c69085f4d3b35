#pragma once

#include <string>
#include <utility>

#include "base/result.h"
#include "base/secret.h"
#include "cli/surroundings.h"

namespace rowcall::cli {

/// "key=@FILE", "key=-" (standard input) or "key=env:VARIABLE" → key and what stands there, without the line end. On a
/// terminal "key=-" asks for one line, which is not shown as it is typed. A secret itself on the command line, where
/// every process can read it, is refused: `invalid`.
Result<std::pair<std::string, Secret>> ReadSecret(const std::string& given, Surroundings& surroundings);

/// "key=value" → both. Fails with `invalid`.
Result<std::pair<std::string, std::string>> SplitSetting(const std::string& given);

}  // namespace rowcall::cli

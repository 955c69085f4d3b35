#pragma once

#include <vector>

#include "sandbox/records.h"

namespace rowcall::sandbox {

/// Intercom's own fields of contacts and companies, as GET /data_attributes lists them.
std::vector<Attribute> StandardAttributes();

}  // namespace rowcall::sandbox

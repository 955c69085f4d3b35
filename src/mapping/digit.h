#pragma once

namespace rowcall::mapping {

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace rowcall::mapping

#include "api/submission.h"

#include <algorithm>

#include "base/text.h"

namespace rowcall::api {

namespace {

constexpr std::size_t kLongestKey = 255;

bool IsVisible(char c) { return c > 0x20 && c < 0x7F; }

}  // namespace

Result<std::string> SubmissionKey(std::optional<std::string_view> header) {
  if (!header) return std::string();
  std::string_view key = Trim(*header);
  if (key.size() >= 2 && key.starts_with('"') && key.ends_with('"')) key = key.substr(1, key.size() - 2);
  const bool usable = !key.empty() && key.size() <= kLongestKey && std::ranges::all_of(key, IsVisible) &&
                      key.find('"') == std::string_view::npos;
  if (usable) return std::string(key);
  return Fail(ErrorKind::invalid, "Idempotency-Key must be 1 to 255 visible ASCII characters, without quotes inside.",
              "A random UUID is a good one: a new one for each upload, the same one to send an upload again.");
}

SubmissionsUnderWay::Hold::Hold(SubmissionsUnderWay& set, InstanceId instance, const std::string& key)
    : set_(set), name_(instance, key), is_ours_(key.empty() || set.names_.insert(name_).second) {}

SubmissionsUnderWay::Hold::~Hold() {
  if (is_ours_) set_.names_.erase(name_);
}

}  // namespace rowcall::api

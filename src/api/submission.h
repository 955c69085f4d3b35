#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/ids.h"
#include "base/result.h"

namespace rowcall::api {

/// The caller's name for a submission, out of the header Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07):
/// a quoted string, or the bare text that most clients send. "" if the header is absent. Fails with `invalid` unless it
/// has 1 to 255 visible ASCII characters.
Result<std::string> SubmissionKey(std::optional<std::string_view> header);

/// The named submissions that are being received now. Used on one loop.
class SubmissionsUnderWay {
 public:
  /// Holds the name while it lives. Neither outlives the set.
  class Hold {
   public:
    Hold(SubmissionsUnderWay& set, InstanceId instance, const std::string& key);
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

    /// False if another request holds that name. A request without a name is never refused.
    bool is_ours() const { return is_ours_; }

   private:
    SubmissionsUnderWay& set_;
    std::pair<InstanceId, std::string> name_;
    bool is_ours_;
  };

 private:
  std::set<std::pair<InstanceId, std::string>> names_;
};

}  // namespace rowcall::api

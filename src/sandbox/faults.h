#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "base/result.h"
#include "sandbox/random.h"

namespace rowcall::sandbox {

/// What can go wrong between a service and who calls it.
enum class FaultKind {
  reset_before,   ///< The connection is reset; nothing was done.
  reset_after,    ///< It is done, then the connection is reset.
  status,         ///< An error status; done only with `after_commit`.
  timeout_after,  ///< It is done, then no answer comes for two minutes.
  late,           ///< The connection is reset at once; it is done some time later, within `late` (sandbox.h).
  garbage,        ///< 200 with bytes that are no JSON; done only with `after_commit`.
  html_200,       ///< 200 with a web page, as a proxy gives; done only with `after_commit`.
  cut_json,       ///< It is done; the answer's JSON ends in the middle.
  wrong_type,     ///< It is done; the answer is whole, but says that it is a web page.
};
std::string_view Name(FaultKind kind);

/// One line of a fault script. Exactly one of every, probability, nth and first says when it strikes; they count only
/// the requests that the rule is about.
struct FaultRule {
  std::string operation;  ///< As in the routes, "POST /contacts"; "" = every operation.
  std::string contains;   ///< Only requests whose target or body holds this text; "" = all.
  FaultKind kind = FaultKind::status;
  int status = 503;
  std::int64_t retry_after = 0;  ///< Of `status`: the seconds that its Retry-After asks for; 0 = no such header.
  bool after_commit = false;
  std::int64_t every = 0;
  std::optional<double> probability;
  std::vector<std::int64_t> nth;  ///< 1 is the first request.
  std::int64_t first = 0;
};

/// Reads [{"operation":"POST /contacts","every":20,"do":"reset_after"}]. Fails with `invalid`, naming the rule by its
/// place (1 is the first) and the field.
Result<std::vector<FaultRule>> ParseFaultScript(std::string_view text);

/// Decides which requests are struck. The same seed and the same requests in the same order give the same faults.
class Faults {
 public:
  explicit Faults(std::uint64_t seed) : random_(seed) {}

  /// Replaces the script; counting starts anew.
  void SetRules(std::vector<FaultRule> rules);
  /// The rule that strikes this request, null if none does; the first one wins, all count. Valid until SetRules.
  const FaultRule* Next(std::string_view operation, std::string_view target, std::string_view body);
  /// The rules with how many requests each was about and how many it struck.
  void AppendTo(JsonWriter& json) const;

 private:
  struct Counted {
    FaultRule rule;
    std::int64_t seen = 0;
    std::int64_t struck = 0;
  };
  bool Strikes(Counted& counted);

  std::vector<Counted> rules_;
  Random random_;
};

}  // namespace rowcall::sandbox

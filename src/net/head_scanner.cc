#include "net/head_scanner.h"

namespace rowcall::net {

namespace {

constexpr std::size_t kMethodAndVersion = 64;  // room beside the target in a request line

}  // namespace

HeadScanner::State HeadScanner::Scan(std::string_view bytes) {
  for (;;) {
    const std::size_t feed = bytes.find('\n', seen_);
    if (feed == std::string_view::npos) {
      seen_ = bytes.size();
      return CheckUnfinishedLine(bytes.size() - line_);
    }
    const State state = CheckLine(bytes.substr(line_, feed - line_));
    seen_ = line_ = feed + 1;
    if (line_ > limits_.total) return State::header_too_large;
    if (state != State::need_more) return state;
  }
}

HeadScanner::State HeadScanner::CheckLine(std::string_view line) {
  if (!line.ends_with('\r')) return State::malformed;
  if (line.size() == 1) return lines_ > 0 ? State::complete : State::malformed;
  if (lines_ > 0 && (line.front() == ' ' || line.front() == '\t')) return State::malformed;
  if (const State state = CheckUnfinishedLine(line.size()); state != State::need_more) return state;
  if (++lines_ > limits_.fields + 1) return State::header_too_large;
  return State::need_more;
}

HeadScanner::State HeadScanner::CheckUnfinishedLine(std::size_t length) const {
  if (lines_ == 0) return length > limits_.target + kMethodAndVersion ? State::target_too_long : State::need_more;
  return length > limits_.line || line_ + length > limits_.total ? State::header_too_large : State::need_more;
}

}  // namespace rowcall::net

#include "wire/request_object.h"

#include "base/text.h"
#include "wire/json_object.h"

namespace rowcall::wire {

const boost::json::value* RequestObject::Find(std::string_view name) {
  known_.emplace(name);
  return object_.if_contains(name);
}

std::optional<std::string> RequestObject::Text(std::string_view name) {
  const boost::json::value* member = Find(name);
  if (member == nullptr) return std::nullopt;
  if (member->is_string()) return std::string(member->get_string());
  AddFault(name, "\"" + std::string(name) + "\" must be a text.");
  return std::nullopt;
}

std::optional<bool> RequestObject::Truth(std::string_view name) {
  const boost::json::value* member = Find(name);
  if (member == nullptr) return std::nullopt;
  if (member->is_bool()) return member->get_bool();
  AddFault(name, "\"" + std::string(name) + "\" must be true or false.");
  return std::nullopt;
}

std::optional<std::int64_t> RequestObject::Count(std::string_view name) {
  constexpr std::int64_t kMost = std::int64_t{1} << 53;
  const boost::json::value* member = Find(name);
  if (member == nullptr) return std::nullopt;
  const std::int64_t* number = member->if_int64();
  if (number != nullptr && *number >= 1 && *number <= kMost) return *number;
  AddFault(name, "\"" + std::string(name) + "\" must be a whole number of at least 1.");
  return std::nullopt;
}

const boost::json::object* RequestObject::Object(std::string_view name) {
  const boost::json::value* member = Find(name);
  if (member == nullptr) return nullptr;
  if (const boost::json::object* object = member->if_object()) return object;
  AddFault(name, "\"" + std::string(name) + "\" must be an object.");
  return nullptr;
}

std::vector<std::string> RequestObject::Unasked() const {
  std::vector<std::string> names;
  for (const auto& member : object_) {
    if (!known_.contains(std::string_view(member.key()))) names.emplace_back(member.key());
  }
  return names;
}

void RequestObject::AddFault(std::string_view name, std::string message) {
  faults_.push_back({pointer_ + Pointer(name), std::move(message)});
}

void RequestObject::RefuseUnasked() {
  const std::vector<std::string> known = Known();
  for (const std::string& name : Unasked()) AddFault(name, UnknownName("member", name, known));
}

std::string UnknownName(std::string_view what, std::string_view name, const std::vector<std::string>& known) {
  const std::string closest = Closest(name, known);
  return "There is no " + std::string(what) + " \"" + std::string(name) + "\" here" +
         (closest.empty() ? "." : "; did you mean \"" + closest + "\"?");
}

}  // namespace rowcall::wire

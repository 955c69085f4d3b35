#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "wire/problem.h"

namespace rowcall::wire {

/// One object of a request body, read strictly: whoever reads it asks for each member by name, and what nobody asked for
/// is a fault. All faults are collected, so that a user mends them in one go. Lives as long as `object` and `faults`.
class RequestObject {
 public:
  /// `pointer` is where the object stands in the body: "" or "/configuration".
  RequestObject(const boost::json::object& object, std::string pointer, Faults& faults)
      : object_(object), pointer_(std::move(pointer)), faults_(faults) {}

  /// The member, or null if it is absent; either way it is known from now on.
  const boost::json::value* Find(std::string_view name);
  /// The text of a member; nullopt if it is absent, or a fault if it is not a text.
  std::optional<std::string> Text(std::string_view name);
  std::optional<bool> Truth(std::string_view name);
  /// A whole number from 1 to 2^53.
  std::optional<std::int64_t> Count(std::string_view name);
  /// The object of a member; null if it is absent, or a fault.
  const boost::json::object* Object(std::string_view name);

  /// Members that are present and that nobody asked for.
  std::vector<std::string> Unasked() const;
  /// The names that were asked for.
  std::vector<std::string> Known() const { return {known_.begin(), known_.end()}; }
  void AddFault(std::string_view name, std::string message);
  /// Makes a fault of every member that nobody asked for, with its closest neighbour.
  void RefuseUnasked();

 private:
  const boost::json::object& object_;
  std::string pointer_;
  Faults& faults_;
  std::set<std::string, std::less<>> known_;
};

/// `There is no NAME "nam" here; did you mean "name"?`
std::string UnknownName(std::string_view what, std::string_view name, const std::vector<std::string>& known);

}  // namespace rowcall::wire

#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rowcall::wire {

/// Reads a text that must be one JSON object. Fails with `invalid`: "`what` is not a JSON object: …, at byte 12". At most
/// 32 levels deep.
Result<boost::json::object> ParseObject(std::string_view text, std::string_view what);
/// The same for an array of objects.
Result<std::vector<boost::json::object>> ParseObjects(std::string_view text, std::string_view what);

/// Members of an answer, read leniently: one that is missing or of another type reads as "", 0, false, nothing.
std::string TextOf(const boost::json::object& object, std::string_view name);
std::int64_t NumberOf(const boost::json::object& object, std::string_view name);
double RealOf(const boost::json::object& object, std::string_view name);
bool TruthOf(const boost::json::object& object, std::string_view name);
std::vector<std::string> TextsOf(const boost::json::object& object, std::string_view name);
std::vector<boost::json::object> ObjectsOf(const boost::json::object& object, std::string_view name);

/// An object's member that is an object itself; null if there is none.
const boost::json::object* ObjectOf(const boost::json::object& object, std::string_view name);

/// A name as part of a JSON pointer (RFC 6901): "/" and "~" escaped, with a "/" before it.
std::string Pointer(std::string_view name);

}  // namespace rowcall::wire

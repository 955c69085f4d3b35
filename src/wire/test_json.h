#pragma once

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <string_view>

namespace rowcall::wire {

/// For tests: the object that `json` is.
inline boost::json::object ParseObject(std::string_view json) { return boost::json::parse(json).as_object(); }

}  // namespace rowcall::wire

#pragma once

#include <boost/json/fwd.hpp>

#include <string>
#include <vector>

#include "sandbox/search_fields.h"

namespace rowcall::sandbox {

/// A query of POST /contacts/search: one comparison, or several joined by AND or OR.
struct Filter {
  enum class Kind { comparison, all_of, any_of };
  Kind kind = Kind::comparison;
  std::vector<Filter> parts;  ///< Of all_of and any_of.
  SearchField field;          ///< The rest: of a comparison.
  std::string field_name;
  std::string operation;
  std::vector<std::optional<Scalar>> values;  ///< One, or many for IN and NIN. None = null.
};

/// Refuses with 400 what Intercom refuses: groups in groups in groups, more than 15 parts, unknown fields, operators
/// that the field's kind does not have (dates know = > < only), values of another type.
OrRefusal<Filter> ReadFilter(const boost::json::value& query, const Workspace& workspace);

/// Dates are compared by whole UTC days, text by its bytes, e-mail without ASCII case.
bool Matches(const Filter& filter, const Contact& contact);

}  // namespace rowcall::sandbox

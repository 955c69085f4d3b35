#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "sandbox/answer.h"
#include "sandbox/workspace.h"

namespace rowcall::sandbox {

/// What can be asked of a field follows from its kind.
enum class FieldKind { text, boolean, number, date };

/// A field of contacts that can be searched and sorted by.
struct SearchField {
  FieldKind kind = FieldKind::text;
  bool folded = false;  ///< Compared in lower case (e-mail).
  std::function<std::optional<Scalar>(const Contact&)> read;
};

/// Finds a standard field or "custom_attributes.NAME"; 400 if there is none.
OrRefusal<SearchField> FindSearchField(std::string_view name, const Workspace& workspace);

}  // namespace rowcall::sandbox

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "net/multipart.h"

namespace rowcall::net {

/// The value of a parameter of a field such as `form-data; name="file"`: `name` is in lower case. Quotes are taken off,
/// \" and \\ inside them undone. "" if it is absent or empty.
std::string FieldParameter(std::string_view field, std::string_view name);

/// The boundary of a multipart/form-data content type. Fails with `invalid` if it is another type or has no usable one.
Result<std::string> BoundaryOf(std::string_view content_type);

/// Reads a part's header, without the empty line behind it. Fails with `invalid` on a line that is no field.
Result<MultipartPart> ReadPart(std::string_view header);

}  // namespace rowcall::net

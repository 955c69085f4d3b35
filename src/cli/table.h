#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace rowcall::cli {

/// Rows of cells as lines with aligned columns, two spaces apart, each at least `least` wide. Control characters become
/// spaces, so that what a service or a file says cannot drive the terminal.
std::string Table(const std::vector<std::vector<std::string>>& rows, std::vector<std::size_t> least = {});

}  // namespace rowcall::cli

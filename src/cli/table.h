#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace rowcall::cli {

/// Rows of cells as lines with aligned columns, two spaces apart, each at least `least` wide. Cells are
/// made Printable.
std::string Table(std::vector<std::vector<std::string>> rows, std::vector<std::size_t> least = {});

}  // namespace rowcall::cli

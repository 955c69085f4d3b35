#pragma once

#include <string>
#include <string_view>

namespace rowcall::cli {

/// Words of a file or of a server, fit for a terminal: each control character (C0, DEL, C1) becomes a space and each
/// byte that is not UTF-8 a "?", so that they cannot drive the terminal. All such words pass here before they are shown.
std::string Printable(std::string_view text);

/// The same, for a message of several lines: its line ends stay.
std::string PrintableLines(std::string_view text);

}  // namespace rowcall::cli

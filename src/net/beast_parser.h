#pragma once

#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <string_view>

namespace rowcall::net {

/// What both parsers share about Beast's basic_parser. Private to this folder's .cc files.
using BeastText = boost::beast::string_view;

inline std::string_view View(BeastText text) { return {text.data(), text.size()}; }

/// The shortest end of a chunked body, "0 CR LF CR LF". Beast 1.81 asserts that it gets no less at once, so a parser
/// waits until it has as much.
inline constexpr std::size_t kLeastChunkEnd = 5;

}  // namespace rowcall::net

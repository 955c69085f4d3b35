#pragma once

#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "connector/connector.h"
#include "model/record.h"

namespace rowcall::bench {

/// A piece of a row's way, made ready: each call takes so many rows along it, a multiple of kBlock.
using Piece = std::move_only_function<void(std::size_t rows)>;

inline constexpr std::size_t kBlock = 1'000;

Piece Parse();     ///< Bytes of CSV to rows.
Piece Map();       ///< A row to a checked record.
Piece Body();      ///< A record to the JSON that is sent.
Piece Request();   ///< JSON to the bytes of a request.
Piece Answer();    ///< The bytes of an answer to its headers and body.
Piece Classify();  ///< An answer to its meaning and the record's id.
Piece Ledger();    ///< An outcome to the disk, in a group of kBlock.

Piece FindLines();   ///< Limit of parse: the row's bytes, looked at once.
Piece Exchange();    ///< Limit of a call: request and answer over the loopback address, both ends on one thread.
Piece BareInsert();  ///< Limit of ledger: as many bytes into one table without an index, in a group of kBlock.

/// A block of CSV without its header.
std::string People();
/// The service of all pieces. The current folder must be the project's.
const connector::Connector& Intercom();
/// A block of records as they are sent.
std::vector<model::Record> Records();

/// The value; an error ends the program.
template <typename T>
T Must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace rowcall::bench

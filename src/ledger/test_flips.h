#pragma once

// For tests: damage to a write-ahead log while SQLite has it open.

#include <fstream>
#include <ios>
#include <string>

#include "ledger/checked_vfs.h"
#include "ledger/temp_folder.h"

namespace rowcall::ledger {

/// Flips one bit in the page of each frame. The file stays the same one.
inline void FlipABitInEachFrame(const std::string& log) {
  constexpr std::size_t kHeader = 32, kFrame = 24 + kPageSize;
  std::string bytes = BytesOf(log);
  for (std::size_t at = kHeader; at + kFrame <= bytes.size(); at += kFrame) bytes[at + kFrame / 2] ^= 1;
  std::fstream file(log, std::ios::binary | std::ios::in | std::ios::out);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace rowcall::ledger

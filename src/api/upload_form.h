#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "files/file_store.h"
#include "net/http_server.h"

namespace rowcall::api {

/// What an upload's form brought. The file is written but not committed: dropping the writer leaves nothing behind.
struct UploadForm {
  std::unique_ptr<files::FileWriter> file;  ///< Null: there was no part of that name.
  std::string file_name;                    ///< As the sender called it.
  std::string content_type;                 ///< Of the part; "" if it has none.
  std::string metadata;                     ///< The part `metaData`; "" if there was none.
  std::vector<std::string> other_parts;     ///< Names of parts that mean nothing here.
};

/// No metaData is longer.
inline constexpr std::size_t kMaxMetadataBytes = 64 * 1024;

/// Reads a multipart/form-data body to its end: part `file` goes to `store` under `key` as it comes, so that memory
/// stays flat; `metaData` may stand before or behind it. Fails with `invalid` on a broken form or a second file,
/// `too_large`, or as the store does.
async::Task<Result<UploadForm>> ReadUploadForm(net::BodyReader& body, std::string content_type, files::FileStore& store,
                                               std::string key);

}  // namespace rowcall::api

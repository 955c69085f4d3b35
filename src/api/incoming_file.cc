#include "api/incoming_file.h"

#include "api/answer.h"
#include "base/crypto.h"
#include "base/text.h"
#include "net/url.h"

namespace rowcall::api {

std::string NewFileKey() {
  constexpr std::size_t kRandomBytes = 16;
  return "upload-" + Hex(RandomBytes(kRandomBytes));
}

std::string ShownName(const std::string& path, const std::string& filename) {
  const std::string& whole = path.empty() ? filename : path;
  const std::string name = Quoted(whole.substr(whole.find_last_of("/\\") + 1));
  return name.substr(1, name.size() - 2);
}

model::FileFormat FormatByName(const UploadForm& form) {
  std::string name = AsciiLower(form.file_name);
  for (const std::string_view compressed : {".gz", ".zst"}) {
    if (name.ends_with(compressed)) name.resize(name.size() - compressed.size());
  }
  const bool json = name.ends_with(".json") || name.ends_with(".jsonl") || name.ends_with(".ndjson") ||
                    AsciiLower(form.content_type).starts_with("application/json");
  return json ? model::FileFormat::json : model::FileFormat::csv;
}

Result<std::string> CallbackUrl(const Call& call) {
  const std::string url(call.request.headers.Find("Elements-Async-Callback-Url").value_or(""));
  if (url.empty()) return url;
  if (url.starts_with('/')) {
    return Fail(ErrorKind::invalid, "Elements-Async-Callback-Url is a path of Open Connectors' own platform.",
                "Send a whole http or https address.");
  }
  const auto parsed = net::ParseUrl(url);
  if (!parsed)
    return Fail(ErrorKind::invalid, "Elements-Async-Callback-Url: " + parsed.error().message, parsed.error().hint);
  return url;
}

}  // namespace rowcall::api

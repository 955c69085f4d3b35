#include "api/upload_form.h"

#include "base/text.h"
#include "net/multipart.h"

namespace rowcall::api {

namespace {

async::Task<Result<void>> ReadFile(net::MultipartReader& parts, files::FileWriter& file) {
  for (;;) {
    ASSIGN_OR_CO_RETURN(const std::string_view piece, co_await parts.NextPiece());
    if (piece.empty()) co_return Result<void>();
    CO_RETURN_IF_ERROR(co_await file.Write(piece));
  }
}

async::Task<Result<std::string>> ReadText(net::MultipartReader& parts) {
  std::string text;
  for (;;) {
    ASSIGN_OR_CO_RETURN(const std::string_view piece, co_await parts.NextPiece());
    if (piece.empty()) co_return text;
    if (piece.size() > kMaxMetadataBytes - text.size()) {
      co_return Fail(ErrorKind::too_large, "metaData is longer than " + std::to_string(kMaxMetadataBytes) + " bytes.");
    }
    text += piece;
  }
}

}  // namespace

async::Task<Result<UploadForm>> ReadUploadForm(net::BodyReader& body, std::string content_type, files::FileStore& store,
                                               std::string key) {
  ASSIGN_OR_CO_RETURN(net::MultipartReader parts, net::MultipartReader::Create(body, content_type));
  UploadForm form;
  net::MultipartPart part;
  for (;;) {
    ASSIGN_OR_CO_RETURN(const bool more, co_await parts.NextPart(part));
    if (!more) co_return form;
    if (EqualsIgnoringAsciiCase(part.name, "file")) {
      if (form.file) co_return Fail(ErrorKind::invalid, "The form has two parts \"file\".", "Upload one file a call.");
      ASSIGN_OR_CO_RETURN(form.file, co_await store.Create(key));
      form.file_name = part.filename;
      form.content_type = part.content_type;
      CO_RETURN_IF_ERROR(co_await ReadFile(parts, *form.file));
    } else if (EqualsIgnoringAsciiCase(part.name, "metaData")) {
      if (!form.metadata.empty()) co_return Fail(ErrorKind::invalid, "The form has two parts \"metaData\".");
      ASSIGN_OR_CO_RETURN(form.metadata, co_await ReadText(parts));
    } else {
      form.other_parts.push_back(part.name);
    }
  }
}

}  // namespace rowcall::api

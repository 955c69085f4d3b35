#include "net/multipart.h"

#include <gtest/gtest.h>

#include <vector>

namespace rowcall::net {
namespace {

/// A body that arrives in given pieces.
class Pieces final : public BodyReader {
 public:
  explicit Pieces(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}
  async::Task<Result<std::string_view>> Next() override {
    while (next_ < pieces_.size() && pieces_[next_].empty()) ++next_;
    if (next_ == pieces_.size()) co_return std::string_view();
    co_return std::string_view(pieces_[next_++]);
  }

 private:
  std::vector<std::string> pieces_;
  std::size_t next_ = 0;
};

constexpr std::string_view kType = "multipart/form-data; boundary=AaB03x";

async::Task<Result<std::string>> ReadParts(BodyReader& body, std::string_view content_type, MultipartLimits limits) {
  ASSIGN_OR_CO_RETURN(MultipartReader reader, MultipartReader::Create(body, content_type, limits));
  std::string seen;
  MultipartPart part;
  for (;;) {
    ASSIGN_OR_CO_RETURN(const bool more, co_await reader.NextPart(part));
    if (!more) co_return seen;
    seen += "[" + part.name + "|" + part.filename + "|" + part.content_type + "|";
    for (;;) {
      ASSIGN_OR_CO_RETURN(const std::string_view piece, co_await reader.NextPiece());
      if (piece.empty()) break;
      seen += piece;
    }
    seen += "]";
  }
}

Result<std::string> Read(std::vector<std::string> pieces, std::string_view content_type = kType,
                         MultipartLimits limits = {}) {
  async::Loop loop;
  Pieces body(std::move(pieces));
  return async::RunToEnd(loop, ReadParts(body, content_type, limits));
}

const std::string kForm =
    "a preamble\r\n"
    "--AaB03x\r\n"
    "Content-Disposition: form-data; name=\"metaData\"\r\n\r\n"
    "{\"a\":1}\r\n"
    "--AaB03x  \t\r\n"
    "content-disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\".csv\"\r\n"
    "Content-Type: text/csv\r\n\r\n"
    "x,y\r\n\r\n--AaB03\r\n-\r--\r\nlast\r\n"
    "--AaB03x\r\n\r\n\r\n"
    "--AaB03x--\r\nan epilogue";
const std::string kSeen = "[metaData|||{\"a\":1}][file|a \"b\".csv|text/csv|x,y\r\n\r\n--AaB03\r\n-\r--\r\nlast][|||]";

TEST(MultipartTest, PartsAreReadWithTheirNames) { EXPECT_EQ(Read({kForm}).value(), kSeen); }

TEST(MultipartTest, WhereTheBodyIsSplitMakesNoDifference) {
  for (std::size_t at = 0; at <= kForm.size(); ++at) {
    EXPECT_EQ(Read({kForm.substr(0, at), kForm.substr(at)}).value(), kSeen) << at;
  }
}

std::vector<std::string> ByteByByte(std::string_view form) {
  std::vector<std::string> bytes;
  for (const char c : form) bytes.emplace_back(1, c);
  return bytes;
}

TEST(MultipartTest, ABodyMayArriveByteByByte) { EXPECT_EQ(Read(ByteByByte(kForm)).value(), kSeen); }

TEST(MultipartTest, ABodyThatEndsEarlyIsInvalid) {
  const std::size_t end = kForm.find("--AaB03x--") + 10;
  for (std::size_t length = 0; length < end; ++length) {
    const Result<std::string> seen = Read({kForm.substr(0, length)});
    ASSERT_FALSE(seen) << length;
    EXPECT_EQ(seen.error().kind, ErrorKind::invalid);
  }
}

async::Task<Result<std::string>> ReadSecondName(BodyReader& body) {
  ASSIGN_OR_CO_RETURN(MultipartReader reader, MultipartReader::Create(body, kType));
  MultipartPart part;
  CO_RETURN_IF_ERROR(co_await reader.NextPart(part));
  CO_RETURN_IF_ERROR(co_await reader.NextPart(part));
  co_return part.name;
}

TEST(MultipartTest, APartThatIsNotReadIsSkipped) {
  async::Loop loop;
  Pieces body({kForm});
  EXPECT_EQ(async::RunToEnd(loop, ReadSecondName(body)).value(), "file");
}

TEST(MultipartTest, WindowsPathsAndEscapesInFileNamesAreKept) {
  const std::string form =
      "--AaB03x\r\nContent-Disposition: form-data; filename=\"C:\\tmp\\x.csv\"; NAME=file; "
      "filename*=UTF-8''evil\r\n\r\n"
      "\r\n--AaB03x--";
  EXPECT_EQ(Read({form}).value(), "[file|C:\\tmp\\x.csv||]");
}

TEST(MultipartTest, AQuotedBoundaryMayHoldBlanksAndColons) {
  EXPECT_EQ(Read({"--a b:c\r\n\r\nx\r\n--a b:c--"}, "Multipart/Form-Data; charset=utf-8; boundary=\"a b:c\"").value(),
            "[|||x]");
}

TEST(MultipartTest, OtherContentTypesAndUnusableBoundariesAreInvalid) {
  const std::string long_boundary = "multipart/form-data; boundary=" + std::string(71, 'a');
  for (const std::string& type :
       {std::string(""), std::string("application/json"), std::string("application/json; boundary=a"),
        std::string("multipart/mixed; boundary=a"), std::string("multipart/form-data"),
        std::string("multipart/form-data; boundary="), std::string("multipart/form-data; boundary=\"\""),
        std::string("multipart/form-data; boundary=\"a \""), std::string("multipart/form-data; boundary=a\x01"),
        long_boundary}) {
    const Result<std::string> seen = Read({kForm}, type);
    ASSERT_FALSE(seen) << type;
    EXPECT_EQ(seen.error().kind, ErrorKind::invalid);
  }
}

TEST(MultipartTest, WhatIsNotAPartIsInvalid) {
  for (const char* form :
       {"", "no boundary at all", "--AaB03xjunk\r\n\r\nx\r\n--AaB03x--", "--AaB03x\r\nno colon\r\n\r\nx\r\n--AaB03x--",
        "--AaB03x\r\n: x\r\n\r\n\r\n--AaB03x--", "--AaB03x\r\n--AaB03x--", "--AaB03x\n\nx\n--AaB03x--"}) {
    EXPECT_FALSE(Read({form})) << form;
  }
}

TEST(MultipartTest, LimitsDoNotDependOnWhereTheBodyIsSplit) {
  constexpr std::size_t kMaxHeader = 40;
  constexpr std::size_t kMaxPadding = 256;
  const auto preamble = [](std::size_t length) {
    return std::string(length, 'x') + "\r\n--AaB03x\r\n\r\ny\r\n--AaB03x--";
  };
  const auto padding = [](std::size_t length) {
    return "--AaB03x" + std::string(length, ' ') + "\r\n\r\ny\r\n--AaB03x--";
  };
  const auto header = [](std::size_t length) {
    return "--AaB03x\r\nX:" + std::string(length - 4, 'x') + "\r\n\r\ny\r\n--AaB03x--";
  };
  // The reader begins with a line end of its own, and counts the one before a header.
  for (const std::string& form : {preamble(kMaxHeader - 2), padding(kMaxPadding), header(kMaxHeader)}) {
    EXPECT_TRUE(Read({form}, kType, {.max_part_header_bytes = kMaxHeader})) << form;
    EXPECT_TRUE(Read(ByteByByte(form), kType, {.max_part_header_bytes = kMaxHeader})) << form;
  }
  for (const std::string& form : {preamble(kMaxHeader - 1), padding(kMaxPadding + 1), header(kMaxHeader + 1)}) {
    EXPECT_FALSE(Read({form}, kType, {.max_part_header_bytes = kMaxHeader})) << form;
    EXPECT_FALSE(Read(ByteByByte(form), kType, {.max_part_header_bytes = kMaxHeader})) << form;
  }
}

TEST(MultipartTest, LimitsHold) {
  std::string many;
  for (int i = 0; i < 101; ++i) many += "--AaB03x\r\n\r\n\r\n";
  many += "--AaB03x--";
  EXPECT_EQ(Read({many}).error().kind, ErrorKind::too_large);
  const std::string long_header = "--AaB03x\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n\r\n--AaB03x--";
  EXPECT_EQ(Read({long_header}).error().kind, ErrorKind::too_large);
  EXPECT_EQ(Read({long_header.substr(0, 18'000), long_header.substr(18'000)}).error().kind, ErrorKind::too_large);
  const std::string long_preamble = std::string(20'000, 'x') + "\r\n--AaB03x--";
  EXPECT_EQ(Read({long_preamble.substr(0, 17'000), long_preamble.substr(17'000)}).error().kind, ErrorKind::invalid);
  EXPECT_FALSE(Read({"--AaB03x" + std::string(300, ' '), "\r\n\r\n\r\n--AaB03x--"}));
}

}  // namespace
}  // namespace rowcall::net

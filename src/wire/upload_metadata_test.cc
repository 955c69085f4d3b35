#include "wire/upload_metadata.h"

#include <gtest/gtest.h>

namespace rowcall::wire {
namespace {

TEST(UploadMetadataTest, EveryKeyThatActsIsRead) {
  const auto metadata = ParseUploadMetadata(
      R"({"format":"json","action":"create","identifierFieldName":"email","mapping":{"A":"email"},"region":"us",)"
      R"("ifArchived":"restore","encoding":"Windows-1252","canary":10,"stopAfter":3,"rateShare":0.25,"callback-payload":{"a":1}})");
  ASSERT_TRUE(metadata);
  EXPECT_EQ(metadata->format, model::FileFormat::json);
  EXPECT_EQ(metadata->encoding, model::Encoding::windows1252);
  EXPECT_EQ(metadata->action, model::Action::create);
  EXPECT_EQ(metadata->match_field, "email");
  EXPECT_EQ(metadata->mapping_json, R"({"A":"email"})");
  EXPECT_EQ(metadata->region, "US");
  EXPECT_TRUE(metadata->restore_archived);
  EXPECT_EQ(metadata->canary_rows, 10);
  EXPECT_EQ(metadata->stop_after, 3);
  EXPECT_EQ(metadata->rate_permille, 250);
  EXPECT_TRUE(metadata->ignored.empty());
  EXPECT_TRUE(metadata->warnings.empty());
  const auto again = ParseUploadMetadata(UploadMetadataJson(*metadata));
  EXPECT_EQ(UploadMetadataJson(*again), UploadMetadataJson(*metadata));
}

TEST(UploadMetadataTest, AMappingIsAnObjectOrTheNameOfASavedOne) {
  const auto metadata = ParseUploadMetadata(R"({"mapping":"people"})");
  ASSERT_TRUE(metadata);
  EXPECT_EQ(metadata->mapping_name, "people");
  EXPECT_EQ(metadata->mapping_json, "");
  EXPECT_EQ(UploadMetadataJson(*metadata), R"({"mapping":"people"})");
}

TEST(UploadMetadataTest, EveryOtherKeyOfTheOriginalIsAcceptedAndToldAsIgnored) {
  const auto metadata = ParseUploadMetadata(
      R"({"bulkUploadRecordSize":"1","useBatchUpload":true,"path":"p","concurrency":"serial","listId":1,"campaignId":2,)"
      R"("programName":"x","programStatus":"y","primaryKeyName":"email"})");
  ASSERT_TRUE(metadata);
  EXPECT_EQ(metadata->ignored.size(), 8u);
  EXPECT_EQ(metadata->match_field, "email");
}

TEST(UploadMetadataTest, AnUnknownKeyIsAWarningWithItsNeighbourAndAFaultIfStrict) {
  const auto lenient = ParseUploadMetadata(R"({"identifierFieldNam":"email"})");
  ASSERT_TRUE(lenient);
  ASSERT_EQ(lenient->warnings.size(), 1u);
  EXPECT_NE(lenient->warnings[0].find("did you mean \"identifierFieldName\"?"), std::string::npos);
  const auto strict = ParseUploadMetadata(R"({"identifierFieldNam":"email","strict":true})");
  ASSERT_FALSE(strict);
  EXPECT_EQ(strict.error()[0].pointer, "/identifierFieldNam");
}

TEST(UploadMetadataTest, AWrongValueOfAKnownKeyIsAFault) {
  for (const std::string_view text : {R"({"action":"merge"})",
                                      R"({"format":"xlsx"})",
                                      R"({"encoding":"ebcdic"})",
                                      R"({"region":"USA"})",
                                      R"({"ifArchived":"delete"})",
                                      R"({"canary":0})",
                                      R"({"canary":"10"})",
                                      R"({"stopAfter":-1})",
                                      R"({"stopAfter":1.5})",
                                      R"({"rateShare":0})",
                                      R"({"rateShare":1.5})",
                                      R"({"rateShare":"0.5"})",
                                      R"({"rateShare":-1})",
                                      R"({"mapping":7})",
                                      R"({"mapping":""})",
                                      R"({"mapping":null})",
                                      R"({"identifierFieldName":"a","primaryKeyName":"b"})",
                                      R"({"action":1})",
                                      "{",
                                      "[]"}) {
    EXPECT_FALSE(ParseUploadMetadata(text)) << text;
  }
}

}  // namespace
}  // namespace rowcall::wire

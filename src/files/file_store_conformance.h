#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "async/loop.h"
#include "base/crypto.h"
#include "files/file_store.h"

namespace rowcall::files {

/// What every FileStore promises, as tests. A store joins with
///
///   INSTANTIATE_TYPED_TEST_SUITE_P(Local, FileStoreConformance, LocalPlace);
///
/// where LocalPlace is default-constructible, stands for an empty place to keep files, and has
///
///   std::unique_ptr<FileStore> Open();                  opens the store there, again if need be
///   std::string Stored(const std::string& key);         all bytes that the store keeps for the key
///   void Replace(const std::string& key, std::string);  puts other bytes there, behind the store's back
///   std::size_t Count();                                how many things are kept there, unfinished ones included,
///                                                       once all calls under way have ended
template <typename Place>
class FileStoreConformance : public testing::Test {
 protected:
  static constexpr std::size_t kBlock = std::size_t{1} << 20;

  /// The same bytes for the same size, without a pattern.
  static std::string SomeBytes(std::size_t size) {
    std::mt19937 random(static_cast<unsigned>(size) + 1);
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
  }

  /// What kind of failure it is; nothing if it is none.
  template <typename T>
  static std::optional<ErrorKind> Kind(const Result<T>& result) {
    return result ? std::nullopt : std::optional(result.error().kind);
  }

  template <typename T>
  T Wait(async::Task<T> task) {
    return async::RunToEnd(loop_, std::move(task));
  }

  std::unique_ptr<FileWriter> Create(const std::string& key) {
    auto writer = Wait(store_->Create(key));
    EXPECT_TRUE(writer.has_value()) << writer.error().message;
    return *std::move(writer);
  }

  Result<StoredFile> Put(const std::string& key, std::string_view bytes, std::size_t piece = std::size_t{64} << 10) {
    const std::unique_ptr<FileWriter> writer = Create(key);
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
      RETURN_IF_ERROR(Wait(writer->Write(bytes.substr(0, piece))));
    }
    return Wait(writer->Commit());
  }

  Result<std::string> Get(const std::string& key, std::int64_t from = 0) {
    std::string bytes;
    ASSIGN_OR_RETURN(const std::unique_ptr<FileReader> reader, Wait(store_->Open(key, from)));
    for (;;) {
      ASSIGN_OR_RETURN(const std::string_view piece, Wait(reader->Next()));
      if (piece.empty()) return bytes;
      bytes += piece;
    }
  }

  async::Loop loop_;  // outlives the place, whose pool may still be waking it
  Place place_;
  std::unique_ptr<FileStore> store_ = place_.Open();
};

TYPED_TEST_SUITE_P(FileStoreConformance);

TYPED_TEST_P(FileStoreConformance, WhatIsCommittedIsReadBackExactly) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{300'000}, this->kBlock - 1, this->kBlock,
                                 this->kBlock + 1, 3 * this->kBlock}) {
    const std::string key = "file-" + std::to_string(size);
    const std::string bytes = this->SomeBytes(size);
    const Result<StoredFile> stored = this->Put(key, bytes);
    ASSERT_TRUE(stored.has_value()) << stored.error().message;
    EXPECT_EQ(stored->key, key);
    EXPECT_EQ(stored->size_bytes, static_cast<std::int64_t>(size));
    EXPECT_EQ(stored->sha256, Hex(Bytes(Sha256Of(bytes))));
    EXPECT_TRUE(this->Get(key) == bytes) << "of size " << size;
  }
}

TYPED_TEST_P(FileStoreConformance, TheSizeOfThePiecesDoesNotMatter) {
  const std::string bytes = this->SomeBytes(this->kBlock + 12'345);
  for (const std::size_t piece : {std::size_t{997}, std::size_t{262'144}, bytes.size()}) {
    const std::string key = "piece-" + std::to_string(piece);
    ASSERT_TRUE(this->Put(key, bytes, piece).has_value());
    EXPECT_TRUE(this->Get(key) == bytes) << "in pieces of " << piece;
  }
}

TYPED_TEST_P(FileStoreConformance, ReadingMayBeginAtAnyOffset) {
  const std::string bytes = this->SomeBytes(2 * this->kBlock + 100);
  ASSERT_TRUE(this->Put("k", bytes).has_value());
  for (const std::size_t from : {std::size_t{1}, this->kBlock - 1, this->kBlock, this->kBlock + 1,
                                 2 * this->kBlock + 99, 2 * this->kBlock + 100}) {
    EXPECT_TRUE(this->Get("k", static_cast<std::int64_t>(from)) == bytes.substr(from)) << "from " << from;
  }
}

TYPED_TEST_P(FileStoreConformance, AnOffsetOutsideTheFileIsInvalid) {
  ASSERT_TRUE(this->Put("k", "abc").has_value());
  for (const std::int64_t from : {-1, 4}) {
    EXPECT_EQ(this->Kind(this->Get("k", from)), ErrorKind::invalid);
  }
}

TYPED_TEST_P(FileStoreConformance, NothingIsSeenBeforeCommit) {
  const auto writer = this->Create("k");
  ASSERT_TRUE(this->Wait(writer->Write(this->SomeBytes(2 * this->kBlock))).has_value());
  EXPECT_EQ(this->Kind(this->Get("k")), ErrorKind::not_found);
  EXPECT_EQ(this->Kind(this->Wait(this->store_->Stat("k"))), ErrorKind::not_found);
  ASSERT_TRUE(this->Wait(writer->Commit()).has_value());
  EXPECT_TRUE(this->Get("k").has_value());
}

TYPED_TEST_P(FileStoreConformance, AWriterThatEndsWithoutCommitLeavesNothing) {
  {
    const auto writer = this->Create("k");
    ASSERT_TRUE(this->Wait(writer->Write(this->SomeBytes(2 * this->kBlock))).has_value());
    EXPECT_EQ(this->place_.Count(), 1u);
  }
  EXPECT_EQ(this->place_.Count(), 0u);
}

TYPED_TEST_P(FileStoreConformance, AKeyIsGivenOnce) {
  const auto first = this->Create("k");
  const auto second = this->Create("k");
  ASSERT_TRUE(this->Wait(first->Write("first")).has_value());
  ASSERT_TRUE(this->Wait(second->Write("second")).has_value());
  ASSERT_TRUE(this->Wait(second->Commit()).has_value());
  EXPECT_EQ(this->Kind(this->Wait(first->Commit())), ErrorKind::conflict);
  EXPECT_EQ(this->Kind(this->Put("k", "third")), ErrorKind::conflict);
  EXPECT_EQ(this->Get("k"), "second");
}

TYPED_TEST_P(FileStoreConformance, AFileIsThereAfterTheStoreIsOpenedAgain) {
  ASSERT_TRUE(this->Put("k", "abc").has_value());
  this->store_ = this->place_.Open();
  EXPECT_EQ(this->Get("k"), "abc");
}

TYPED_TEST_P(FileStoreConformance, StatTellsSizeAndDigest) {
  ASSERT_TRUE(this->Put("k", "abc").has_value());
  const Result<StoredFile> file = this->Wait(this->store_->Stat("k"));
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->key, "k");
  EXPECT_EQ(file->size_bytes, 3);
  EXPECT_EQ(file->sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TYPED_TEST_P(FileStoreConformance, RemovingIsForGoodAndMayBeRepeated) {
  ASSERT_TRUE(this->Put("k", "abc").has_value());
  EXPECT_TRUE(this->Wait(this->store_->Remove("k")).has_value());
  EXPECT_EQ(this->Kind(this->Get("k")), ErrorKind::not_found);
  EXPECT_TRUE(this->Wait(this->store_->Remove("k")).has_value());
  EXPECT_EQ(this->place_.Count(), 0u);
  EXPECT_TRUE(this->Put("k", "again").has_value());
}

TYPED_TEST_P(FileStoreConformance, AReaderReadsOnAfterItsFileWasRemoved) {
  const std::string bytes = this->SomeBytes(2 * this->kBlock);
  ASSERT_TRUE(this->Put("k", bytes).has_value());
  const auto reader = *this->Wait(this->store_->Open("k", static_cast<std::int64_t>(this->kBlock)));
  ASSERT_TRUE(this->Wait(this->store_->Remove("k")).has_value());
  EXPECT_TRUE(this->Wait(reader->Next()) == std::string_view(bytes).substr(this->kBlock));
}

TYPED_TEST_P(FileStoreConformance, AFlippedBitAnywhereIsCorrupt) {
  ASSERT_TRUE(this->Put("k", this->SomeBytes(300)).has_value());
  const std::string stored = this->place_.Stored("k");
  for (std::size_t bit = 0; bit < stored.size() * 8; ++bit) {
    std::string flipped = stored;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    this->place_.Replace("k", flipped);
    ASSERT_EQ(this->Kind(this->Get("k")), ErrorKind::corrupt) << "bit " << bit;
  }
}

TYPED_TEST_P(FileStoreConformance, NoByteOfADamagedBlockIsGivenOutButTheOthersAre) {
  const std::string bytes = this->SomeBytes(3 * this->kBlock);
  ASSERT_TRUE(this->Put("k", bytes).has_value());
  std::string stored = this->place_.Stored("k");
  stored[2 * this->kBlock - 1] = static_cast<char>(stored[2 * this->kBlock - 1] ^ 1);
  this->place_.Replace("k", stored);
  const auto reader = *this->Wait(this->store_->Open("k", 0));
  EXPECT_TRUE(this->Wait(reader->Next()) == std::string_view(bytes).substr(0, this->kBlock));
  const auto damaged = this->Wait(reader->Next());
  ASSERT_FALSE(damaged.has_value());
  EXPECT_EQ(damaged.error().message,
            "The stored file \"k\" is damaged: block 1 (bytes 1048576 to 2097151) does not match its checksum.");
  EXPECT_FALSE(damaged.error().hint.empty());
  EXPECT_TRUE(this->Get("k", static_cast<std::int64_t>(2 * this->kBlock)) == bytes.substr(2 * this->kBlock));
}

TYPED_TEST_P(FileStoreConformance, AFileCutOffAnywhereIsCorrupt) {
  ASSERT_TRUE(this->Put("k", this->SomeBytes(300)).has_value());
  const std::string stored = this->place_.Stored("k");
  for (std::size_t size = 0; size < stored.size(); ++size) {
    this->place_.Replace("k", stored.substr(0, size));
    ASSERT_EQ(this->Kind(this->Wait(this->store_->Stat("k"))), ErrorKind::corrupt) << "cut to " << size;
  }
  this->place_.Replace("k", stored + "x");
  EXPECT_EQ(this->Kind(this->Wait(this->store_->Stat("k"))), ErrorKind::corrupt);
}

TYPED_TEST_P(FileStoreConformance, BadKeysAreRefusedByEveryCall) {
  const std::string bad_keys[] = {
      "", ".", "..", ".hidden", "a/b", "../x", "A", "ä", "a b", std::string("a\0b", 3), std::string(201, 'a')};
  for (const std::string& key : bad_keys) {
    SCOPED_TRACE(key);
    EXPECT_EQ(this->Kind(this->Wait(this->store_->Create(key))), ErrorKind::invalid);
    EXPECT_EQ(this->Kind(this->Wait(this->store_->Open(key, 0))), ErrorKind::invalid);
    EXPECT_EQ(this->Kind(this->Wait(this->store_->Stat(key))), ErrorKind::invalid);
    EXPECT_EQ(this->Kind(this->Wait(this->store_->Remove(key))), ErrorKind::invalid);
  }
  EXPECT_TRUE(this->Put(std::string(200, 'a'), "x").has_value());
  EXPECT_TRUE(this->Put("-_.0z", "x").has_value());
}

REGISTER_TYPED_TEST_SUITE_P(FileStoreConformance, WhatIsCommittedIsReadBackExactly, TheSizeOfThePiecesDoesNotMatter,
                            ReadingMayBeginAtAnyOffset, AnOffsetOutsideTheFileIsInvalid, NothingIsSeenBeforeCommit,
                            AWriterThatEndsWithoutCommitLeavesNothing, AKeyIsGivenOnce,
                            AFileIsThereAfterTheStoreIsOpenedAgain, StatTellsSizeAndDigest,
                            RemovingIsForGoodAndMayBeRepeated, AReaderReadsOnAfterItsFileWasRemoved,
                            AFlippedBitAnywhereIsCorrupt, NoByteOfADamagedBlockIsGivenOutButTheOthersAre,
                            AFileCutOffAnywhereIsCorrupt, BadKeysAreRefusedByEveryCall);

}  // namespace rowcall::files

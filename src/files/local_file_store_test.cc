#include "files/local_file_store.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <future>
#include <iterator>

#include "files/file_store_conformance.h"
#include "files/trailer.h"

namespace {

std::atomic<ino_t> flushed_last = 0;

}  // namespace

// Stands before the C library's own for the whole test program.
extern "C" int fsync(int fd) {
  struct stat status{};
  EXPECT_EQ(::fstat(fd, &status), 0);
  flushed_last = status.st_ino;
  return static_cast<int>(syscall(SYS_fsync, fd));
}

namespace rowcall::files {
namespace {

/// A new folder with a local store in it, removed at the end.
class LocalPlace {
 public:
  LocalPlace() {
    std::string path = testing::TempDir() + "files-XXXXXX";
    EXPECT_NE(::mkdtemp(path.data()), nullptr);
    above_ = path;
  }
  ~LocalPlace() { std::filesystem::remove_all(above_); }
  LocalPlace(const LocalPlace&) = delete;
  LocalPlace& operator=(const LocalPlace&) = delete;

  std::unique_ptr<FileStore> Open() {
    auto store = OpenLocalFileStore(folder(), pool_);
    EXPECT_TRUE(store.has_value()) << store.error().message;
    return *std::move(store);
  }

  std::string Stored(const std::string& key) {
    std::ifstream file(folder() / key, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  void Replace(const std::string& key, const std::string& bytes) {
    std::ofstream(folder() / key, std::ios::binary | std::ios::trunc) << bytes;
  }

  std::size_t Count() {
    std::promise<void> reached;
    pool_.Post([&reached] { reached.set_value(); });  // runs behind all other calls: the pool has one thread
    reached.get_future().wait();
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder()), {}));
  }

  std::filesystem::path folder() const { return above_ / "data" / "files"; }

 private:
  std::filesystem::path above_;
  async::BlockingPool pool_{1};
};

INSTANTIATE_TYPED_TEST_SUITE_P(Local, FileStoreConformance, LocalPlace);

unsigned Mode(const std::filesystem::path& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 07777;
}

class LocalFileStoreTest : public FileStoreConformance<LocalPlace> {};

TEST_F(LocalFileStoreTest, FolderAndFilesAreTheOwnersAlone) {
  const auto writer = Create("k");
  for (const auto& file : std::filesystem::directory_iterator(place_.folder())) EXPECT_EQ(Mode(file.path()), 0600u);
  ASSERT_TRUE(Wait(writer->Commit()).has_value());
  EXPECT_EQ(Mode(place_.folder() / "k"), 0600u);
  EXPECT_EQ(Mode(place_.folder()), 0700u);
}

TEST_F(LocalFileStoreTest, AFileOnItsWayInHasANameThatIsNoKey) {
  const auto writer = Create("k");
  for (const auto& file : std::filesystem::directory_iterator(place_.folder())) {
    EXPECT_TRUE(file.path().filename().string().starts_with(".tmp-"));
  }
}

TEST_F(LocalFileStoreTest, LeftOversOfACrashAreRemovedAtOpening) {
  ASSERT_TRUE(Put("k", "abc").has_value());
  std::ofstream(place_.folder() / ".tmp-0123456789abcdef") << "half a file";
  ASSERT_EQ(place_.Count(), 2u);
  store_ = place_.Open();
  EXPECT_EQ(place_.Count(), 1u);
  EXPECT_EQ(Get("k"), "abc");
}

TEST_F(LocalFileStoreTest, TheNameOfTheFolderIsFlushedAlsoWhereItWasThere) {
  struct stat above{};
  ASSERT_EQ(::stat(place_.folder().parent_path().c_str(), &above), 0);
  flushed_last = 0;
  store_ = place_.Open();
  EXPECT_EQ(flushed_last, above.st_ino);
}

TEST_F(LocalFileStoreTest, TheBytesOnDiskAreThoseOfTheDocument) {
  ASSERT_TRUE(Put("k", "email\na@b.c\n").has_value());
  EXPECT_EQ(Hex(place_.Stored("k")),
            "656d61696c0a6140622e630a"
            "3ba8fe1e"
            "524f5743414c4c46"
            "0100000000001000"
            "0c00000000000000"
            "ceff228fc440c908123addaf5aed378a5eb9cdc19a67add83d11120ea4fb990d"
            "807215bc"
            "ce5206a0");
}

TEST_F(LocalFileStoreTest, ADamagedEndIsFoundWhenTheFileIsOpened) {
  ASSERT_TRUE(Put("k", "email\na@b.c\n").has_value());
  const std::string stored = place_.Stored("k");
  for (std::size_t byte = 12; byte < stored.size(); ++byte) {
    std::string damaged = stored;
    damaged[byte] = static_cast<char>(damaged[byte] ^ 0x10);
    place_.Replace("k", damaged);
    EXPECT_EQ(Kind(Wait(store_->Stat("k"))), ErrorKind::corrupt) << "byte " << byte;
  }
}

TEST_F(LocalFileStoreTest, BytesThatAreNotThoseOfTheDigestAreFoundByWhoeverReadsThemAll) {
  TrailerBuilder of_others;
  of_others.Append("email\nx@y.z\n");
  TrailerBuilder own;
  own.Append("email\na@b.c\n");
  Trailer mixed = own.Finish();  // length and checksums of the blocks fit
  mixed.sha256 = of_others.Finish().sha256;
  place_.Replace("k", "email\na@b.c\n" + WriteTrailer(mixed));
  const auto reader = *Wait(store_->Open("k", 0));
  const auto piece = Wait(reader->Next());
  ASSERT_FALSE(piece);
  EXPECT_EQ(piece.error().kind, ErrorKind::corrupt);
  EXPECT_NE(piece.error().message.find("SHA-256"), std::string::npos) << piece.error().message;
}

TEST_F(LocalFileStoreTest, BytesTakenOutOfTheMiddleAreFoundWhenTheFileIsOpened) {
  ASSERT_TRUE(Put("k", SomeBytes(300)).has_value());
  const std::string stored = place_.Stored("k");
  for (std::size_t taken = 1; taken <= 300; ++taken) {
    place_.Replace("k", stored.substr(taken));
    EXPECT_EQ(Kind(Wait(store_->Stat("k"))), ErrorKind::corrupt) << taken << " bytes";
  }
}

TEST_F(LocalFileStoreTest, ALinkInPlaceOfAFileIsNotFollowed) {
  ASSERT_TRUE(Put("target", "abc").has_value());
  std::filesystem::create_symlink(place_.folder() / "target", place_.folder() / "link");
  EXPECT_EQ(Kind(Get("link")), ErrorKind::unavailable);
}

/// While it lives, no file of this process can grow beyond `bytes`.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &old_limit_);
    const rlimit limit{bytes, old_limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_limit_);
    std::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_limit_{};
  void (*old_handler_)(int) = nullptr;
};

TEST_F(LocalFileStoreTest, ADiskThatTakesNoMoreMakesTheWriteUnavailableAndLeavesNothing) {
  for (const rlim_t limit : {rlim_t{1'000'000}, rlim_t{2 * kBlock + 10}}) {  // in the data, in the trailer
    const FileSizeLimit small(limit);
    const Result<StoredFile> result = Put("k", SomeBytes(2 * kBlock));
    ASSERT_EQ(Kind(result), ErrorKind::unavailable);
    EXPECT_EQ(result.error().message, "The file store cannot write a file: File too large.");
    EXPECT_EQ(place_.Count(), 0u);
  }
}

TEST_F(LocalFileStoreTest, AFolderThatCannotBeMadeIsNamed) {
  async::BlockingPool pool(1);
  std::ofstream(place_.folder() / "file") << "x";
  const auto store = OpenLocalFileStore(place_.folder() / "file" / "sub", pool);
  ASSERT_FALSE(store.has_value());
  EXPECT_EQ(store.error().kind, ErrorKind::unavailable);
  EXPECT_NE(store.error().message.find("file/sub: Not a directory"), std::string::npos) << store.error().message;
}

}  // namespace
}  // namespace rowcall::files

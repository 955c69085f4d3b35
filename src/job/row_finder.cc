#include "job/row_finder.h"

#include <fmt/format.h>

namespace rowcall::job {

namespace {

constexpr RowNumber kWorthReadingThrough = 5'000;

}  // namespace

async::Task<Result<model::Row>> RowFinder::Find(RowNumber row, std::optional<ledger::RowPlace> anchor) {
  const bool can_jump = anchor && dialect_.compression == formats::Compression::none;
  const bool is_far = can_jump && anchor->row > at_ + kWorthReadingThrough;
  const bool jumps = source_ == nullptr || is_far;
  Result<model::Row> found = co_await Read(row, anchor, jumps);
  const bool is_damaged = !found && found.error().kind == ErrorKind::corrupt;
  if (is_damaged && can_jump && !jumps) co_return co_await Read(row, anchor, true);  // maybe only before the row
  co_return found;
}

async::Task<Result<model::Row>> RowFinder::Read(RowNumber row, std::optional<ledger::RowPlace> anchor, bool jumps) {
  if (jumps) {
    const ledger::RowPlace from = anchor.value_or(ledger::RowPlace{1, 0});
    ASSIGN_OR_CO_RETURN(source_, co_await RowSource::OpenAt(files_, file_, dialect_, from));
  }
  for (;;) {
    ASSIGN_OR_CO_RETURN(std::optional<model::Row> found, co_await source_->Next());
    if (!found) co_return Fail(ErrorKind::corrupt, fmt::format("row {} is missing in the stored file", row));
    at_ = found->number;
    if (at_ >= row) co_return *std::move(found);
  }
}

}  // namespace rowcall::job

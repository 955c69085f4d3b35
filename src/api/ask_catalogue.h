#pragma once

#include <functional>

#include "api/call.h"

namespace rowcall::api {

/// The catalogue blocks, so it is asked on the pool. `ask` may hold references into the caller's frame.
template <typename T>
async::Task<Result<T>> AskCatalogue(const Call& call, std::move_only_function<Result<T>(ledger::Catalogue&)> ask) {
  ledger::Catalogue& catalogue = call.parts.catalogue;
  std::move_only_function<Result<T>()> run = [&] { return ask(catalogue); };
  co_return co_await call.parts.pool.Run(std::move(run));
}

}  // namespace rowcall::api

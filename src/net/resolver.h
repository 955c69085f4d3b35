#pragma once

#include <string>
#include <vector>

#include "async/blocking_pool.h"
#include "async/loop.h"
#include "async/timers.h"
#include "base/result.h"
#include "net/endpoint.h"

namespace rowcall::net {

/// The addresses of a host name, best first, asked of the system on `pool`'s threads; a plain IP address is itself. Odd
/// spellings of addresses ("127.1", "0x7f000001") are whatever the system says. Fails with `unavailable` if there is
/// none and with `timeout` once `deadline` has passed: then the system's call goes on unheeded.
async::Task<Result<std::vector<IpBytes>>> Resolve(async::Loop& loop, async::Timers& timers, async::BlockingPool& pool,
                                                  std::string host, MonoTime deadline);

}  // namespace rowcall::net

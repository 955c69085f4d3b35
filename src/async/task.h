#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace rowcall::async {

/// One concrete executor, not the type-erased one: half the CPU per operation.
using Executor = boost::asio::io_context::executor_type;

/// A coroutine that runs on one Loop and resumes there.
///
/// Rules for whoever writes one (a compiler or a reader may get anything else wrong): no class-type temporaries in an
/// awaited expression (name it, then std::move); no capturing lambda as a coroutine (pass arguments); no co_await in
/// `?:`, in an initializer list or in the head of a range-for. Reference parameters must outlive the task.
template <typename T = void>
using Task = boost::asio::awaitable<T, Executor>;

using UseTask = boost::asio::use_awaitable_t<Executor>;
inline constexpr UseTask use_task{};

/// Goes on when the loop has come round once: behind all that is ready now.
inline Task<void> NextRound() { return boost::asio::post(use_task); }

}  // namespace rowcall::async

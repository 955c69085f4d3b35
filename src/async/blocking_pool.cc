#include "async/blocking_pool.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <thread>
#include <vector>

#include "async/short_turns.h"

namespace rowcall::async {

struct BlockingPool::Threads {
  explicit Threads(std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
      threads.emplace_back([this] {
        AskForShortTurns();
        pool.attach();
      });
    }
  }
  boost::asio::thread_pool pool{0};
  std::vector<std::jthread> threads;
};

BlockingPool::BlockingPool(std::size_t threads) : threads_(std::make_unique<Threads>(threads)) {}

BlockingPool::~BlockingPool() { threads_->pool.stop(); }

void BlockingPool::Post(std::move_only_function<void()> call) { boost::asio::post(threads_->pool, std::move(call)); }

}  // namespace rowcall::async

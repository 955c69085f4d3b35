#include "async/blocking_pool.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <thread>
#include <vector>

#include "async/short_turns.h"

namespace rowcall::async {

struct BlockingPool::Threads {
  explicit Threads(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      threads.emplace_back([this] {
        AskForShortTurns();
        pool.attach();
      });
    }
  }
  struct Stop {
    ~Stop() { pool.stop(); }
    boost::asio::thread_pool& pool;
  };
  boost::asio::thread_pool pool{0};
  std::vector<std::jthread> threads;
  Stop stop{pool};  // behind the threads, so that they end before they are joined, also if one cannot be started
};

BlockingPool::BlockingPool(std::size_t threads) : threads_(std::make_unique<Threads>(threads)) {}

BlockingPool::~BlockingPool() = default;

void BlockingPool::Post(std::move_only_function<void()> call) { boost::asio::post(threads_->pool, std::move(call)); }

}  // namespace rowcall::async

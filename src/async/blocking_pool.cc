#include "async/blocking_pool.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace rowcall::async {

struct BlockingPool::Threads {
  explicit Threads(std::size_t count) : pool(count) {}
  boost::asio::thread_pool pool;
};

BlockingPool::BlockingPool(std::size_t threads) : threads_(std::make_unique<Threads>(threads)) {}

BlockingPool::~BlockingPool() {
  threads_->pool.stop();
  threads_->pool.join();
}

void BlockingPool::Post(std::move_only_function<void()> call) { boost::asio::post(threads_->pool, std::move(call)); }

}  // namespace rowcall::async

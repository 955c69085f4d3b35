#include "async/loop.h"

#include <pthread.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <exception>

#include "async/short_turns.h"

namespace rowcall::async {

namespace {

struct EndProgramOnException {
  void operator()(const std::exception_ptr& exception) const {
    if (exception) std::rethrow_exception(exception);  // reaches Drive(), which does not catch it
  }
};

}  // namespace

Loop::Loop() : work_(boost::asio::make_work_guard(context_)) {}

Loop::~Loop() {
  Stop();
  if (thread_.joinable()) thread_.join();
  door_->Close();
}

void Loop::StartThread(std::string name, Turns turns) {
  thread_ = std::thread([this, turns, name = std::move(name)] {
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    if (turns == Turns::brief) AskForShortTurns();
    Drive();
  });
}

void Loop::Run() {
  context_.restart();
  Drive();
}

void Loop::Drive() { context_.run(); }

void Loop::Stop() { context_.stop(); }

void Loop::Spawn(Task<void> task) {
  const Executor executor = context_.get_executor();
  door_->Through(executor, [&] { boost::asio::co_spawn(executor, std::move(task), EndProgramOnException{}); });
}

void Loop::Post(std::move_only_function<void()> call) {
  const Executor executor = context_.get_executor();
  door_->Through(executor, [&] { boost::asio::post(executor, std::move(call)); });
}

}  // namespace rowcall::async

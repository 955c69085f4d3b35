#include "sandbox/reply.h"

#include <utility>

namespace rowcall::sandbox {

Reply JsonReply(int status, std::string body) {
  Reply reply;
  reply.status = status;
  reply.headers.Add("Content-Type", "application/json; charset=utf-8");
  reply.body = std::move(body);
  return reply;
}

}  // namespace rowcall::sandbox

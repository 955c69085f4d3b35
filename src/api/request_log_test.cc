#include "api/request_log.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace rowcall::api {
namespace {

TEST(RequestLogTest, ALineTellsTheRequestAndNothingOfItsQuery) {
  testing::internal::CaptureStderr();
  LogRequest({.id = "abc",
              .method = "POST",
              .path = "/elements/api-v2/bulk/x\"y\n",
              .route = "/bulk/{object}",
              .tenant = TenantId(3),
              .instance = InstanceId(4),
              .peer = {*net::ParseIp("192.0.2.1"), 5},
              .status = 413,
              .sent = true,
              .bytes_in = 6,
              .bytes_out = 7,
              .took = std::chrono::microseconds(1'500)});
  const std::string written = testing::internal::GetCapturedStderr();
  const boost::json::object line = boost::json::parse(written).as_object();
  EXPECT_EQ(line.at("level"), "info");
  EXPECT_EQ(line.at("event"), "request");
  EXPECT_EQ(line.at("id"), "abc");
  EXPECT_EQ(line.at("peer"), "192.0.2.1:5");
  EXPECT_EQ(line.at("method"), "POST");
  EXPECT_EQ(line.at("path"), "/elements/api-v2/bulk/x\"y\n");
  EXPECT_EQ(line.at("route"), "/bulk/{object}");
  EXPECT_EQ(line.at("status"), 413);
  EXPECT_EQ(line.at("sent"), true);
  EXPECT_EQ(line.at("bytes_in"), 6);
  EXPECT_EQ(line.at("bytes_out"), 7);
  EXPECT_EQ(line.at("ms"), 1.5);
  EXPECT_EQ(line.at("tenant"), 3);
  EXPECT_EQ(line.at("instance"), 4);
}

}  // namespace
}  // namespace rowcall::api

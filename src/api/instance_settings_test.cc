#include "api/instance_settings.h"

#include <gtest/gtest.h>

#include "connector/test_connector.h"

namespace rowcall::api {
namespace {

class InstanceSettingsTest : public testing::Test {
 protected:
  SettingResult Apply(const std::map<std::string, std::optional<std::string>>& given) {
    SettingChanges changes;
    for (const auto& [key, value] : given) changes[key] = value ? std::optional(Secret(*value)) : std::nullopt;
    return ApplySettings(*connector_, std::move(changes), instance_);
  }
  std::string Unique() const {
    const auto found = instance_.configuration.find("mail.unique");
    return found == instance_.configuration.end() ? "" : found->second;
  }

  std::shared_ptr<const connector::Connector> connector_ = connector::Load(connector::LooseBundle()).value();
  model::Instance instance_;
};

TEST_F(InstanceSettingsTest, WhatWasShownOfAKeyCountsNoLongerAtAnotherAddressOrToken) {
  for (const std::string key : {"token", "base.url"}) {
    Apply({{"token", "t"}, {"mail.unique", "yes"}});
    EXPECT_EQ(Unique(), "yes");
    Apply({{"region", "US"}});
    EXPECT_EQ(Unique(), "yes");
    Apply({{key, "other"}});
    EXPECT_EQ(Unique(), "") << key;
  }
}

TEST_F(InstanceSettingsTest, WhetherAKeyIsEnforcedIsYesOrNo) {
  for (const std::string value : {"true", "trial with p1"}) {
    const SettingResult result = Apply({{"token", "t"}, {"mail.unique", value}});
    ASSERT_EQ(result.faults.size(), 1u) << value;
    EXPECT_EQ(result.faults[0].message, "The setting \"mail.unique\" has a wrong value. It must be yes or no.");
  }
  EXPECT_TRUE(Apply({{"token", "t"}, {"mail.unique", "no"}}).faults.empty());
}

TEST_F(InstanceSettingsTest, LagsAreSeconds) {
  for (const char* key : {"late.seconds", "search.lag.seconds"}) {
    EXPECT_TRUE(Apply({{"token", "t"}, {key, "2"}}).faults.empty()) << key;
    EXPECT_EQ(Apply({{"token", "t"}, {key, "2s"}}).faults.size(), 1u) << key;
  }
}

TEST_F(InstanceSettingsTest, PersonalDataInReasonsIsShownOrHidden) {
  EXPECT_TRUE(Apply({{"token", "t"}, {"reasons.personal", "show"}}).faults.empty());
  EXPECT_TRUE(Apply({{"token", "t"}, {"reasons.personal", "hide"}}).faults.empty());
  const SettingResult result = Apply({{"token", "t"}, {"reasons.personal", "yes"}});
  ASSERT_EQ(result.faults.size(), 1u);
  EXPECT_EQ(result.faults[0].message, "The setting \"reasons.personal\" has a wrong value. It must be show or hide.");
}

}  // namespace
}  // namespace rowcall::api

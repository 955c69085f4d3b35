#pragma once

// For tests of this folder: a catalogue that counts how often it is asked who calls.

#include <atomic>
#include <mutex>
#include <utility>

#include "ledger/catalogue.h"

namespace rowcall::api {

/// A user secret of another organization than that of the first start, which has no instance.
inline constexpr std::string_view kStranger = "rcu_stranger";

/// Passes everything on to a real one.
class WatchedCatalogue final : public ledger::Catalogue {
 public:
  explicit WatchedCatalogue(std::unique_ptr<Catalogue> real) : real_(std::move(real)) {}

  int look_ups() const { return look_ups_; }
  /// `call` is run once, on the pool: when the next Element token was looked up, and before that is told.
  void BehindTheNextLookUp(std::function<void()> call) {
    const std::lock_guard lock(mutex_);
    behind_ = std::move(call);
  }

  Result<TenantId> SignIn(std::string_view user, std::optional<std::string_view> organization) override {
    ++look_ups_;
    if (user == kStranger) return TenantId{900};
    return real_->SignIn(user, organization);
  }
  Result<model::Instance> SignInElement(TenantId tenant, std::string_view token) override {
    Result<model::Instance> found = real_->SignInElement(tenant, token);
    if (const auto behind = TakeBehind()) behind();
    return found;
  }
  std::uint64_t ChangeCount() const override { return real_->ChangeCount(); }

  Result<bool> FirstStart(const std::function<Result<void>(const ledger::FirstCredentials&)>& keep) override {
    return real_->FirstStart(keep);
  }
  Result<ledger::NewInstance> CreateInstance(model::Instance instance) override {
    return real_->CreateInstance(std::move(instance));
  }
  Result<model::Instance> GetInstance(TenantId tenant, InstanceId id) override {
    return real_->GetInstance(tenant, id);
  }
  Result<model::Instance> GetInstanceForWork(InstanceId id) override { return real_->GetInstanceForWork(id); }
  Result<std::vector<model::Instance>> ListInstances(TenantId tenant) override { return real_->ListInstances(tenant); }
  Result<model::Instance> ChangeInstance(TenantId tenant, InstanceId id,
                                         const std::function<void(model::Instance&)>& change) override {
    return real_->ChangeInstance(tenant, id, change);
  }
  Result<void> DeleteInstance(TenantId tenant, InstanceId id) override { return real_->DeleteInstance(tenant, id); }
  Result<Secret> WebhookSecret(InstanceId id) override { return real_->WebhookSecret(id); }
  Result<std::int64_t> SealAnew() override { return real_->SealAnew(); }
  Result<model::SavedMapping> PutMapping(TenantId tenant, InstanceId instance,
                                         const model::SavedMapping& mapping) override {
    return real_->PutMapping(tenant, instance, mapping);
  }
  Result<model::SavedMapping> GetMapping(TenantId tenant, InstanceId instance, std::string_view name) override {
    return real_->GetMapping(tenant, instance, name);
  }
  Result<std::vector<model::SavedMapping>> ListMappings(TenantId tenant, InstanceId instance) override {
    return real_->ListMappings(tenant, instance);
  }
  Result<model::SavedMapping> DeleteMapping(TenantId tenant, InstanceId instance, std::string_view name) override {
    return real_->DeleteMapping(tenant, instance, name);
  }

 private:
  std::function<void()> TakeBehind() {
    const std::lock_guard lock(mutex_);
    return std::exchange(behind_, nullptr);
  }

  const std::unique_ptr<Catalogue> real_;
  std::atomic<int> look_ups_ = 0;
  std::mutex mutex_;
  std::function<void()> behind_;
};

}  // namespace rowcall::api

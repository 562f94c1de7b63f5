#pragma once

#include "fd_handle.h"

namespace bpf_loader {

class BpfLink : public FdHandle<BpfLink> {
 public:
  static constexpr const char* kName = "BpfLink";
  static constexpr const char* kFdKind = "bpf-link";
  static constexpr napi_type_tag kTag = {0xe65f3b90a1d84c27, 0x8f12d47be09c5361};
  static constexpr auto kConstructor = &AddonData::link;

  static Napi::Function Define(Napi::Env env);

  explicit BpfLink(const Napi::CallbackInfo& info) : FdHandle<BpfLink>(info) {}

 private:
  static Napi::Value AttachXdp(const Napi::CallbackInfo& info);
  Napi::Value Info(const Napi::CallbackInfo& info);
  void Update(const Napi::CallbackInfo& info);
  void Detach(const Napi::CallbackInfo& info);
};

}  // namespace bpf_loader

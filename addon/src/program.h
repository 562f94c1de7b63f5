#pragma once

#include "fd_handle.h"

namespace bpf_loader {

class BpfProgram : public FdHandle<BpfProgram> {
 public:
  static constexpr const char* kName = "BpfProgram";
  static constexpr const char* kFdKind = "bpf-prog";
  static constexpr napi_type_tag kTag = {0x4b1de2077c5f4e63, 0xa0935c1f8e6d42b7};
  static constexpr auto kConstructor = &AddonData::program;

  static Napi::Function Define(Napi::Env env);

  explicit BpfProgram(const Napi::CallbackInfo& info);

 private:
  Napi::Value TestRun(const Napi::CallbackInfo& info);
  Napi::Value TestRunEach(const Napi::CallbackInfo& info);
};

}  // namespace bpf_loader

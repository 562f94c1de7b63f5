#pragma once

#include <bpf/libbpf.h>

#include <memory>
#include <string>

#include "wrapper.h"

namespace bpf_loader {

struct ObjectDeleter {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};
using ObjectPtr = std::unique_ptr<bpf_object, ObjectDeleter>;

class BpfObject : public Wrapper<BpfObject, ObjectPtr> {
 public:
  static constexpr const char* kName = "BpfObject";
  static constexpr napi_type_tag kTag = {0x1f7c9e3ad0584b26, 0xb6e8204d73f19ca5};
  static constexpr auto kConstructor = &AddonData::object;

  static Napi::Function Define(Napi::Env env);

  explicit BpfObject(const Napi::CallbackInfo& info) : Wrapper<BpfObject, ObjectPtr>(info) {}

 private:
  enum class State { kOpened, kLoaded, kFailed };

  static Napi::Value Open(const Napi::CallbackInfo& info);
  void SetTunable(const Napi::CallbackInfo& info);
  void SetMaxEntries(const Napi::CallbackInfo& info);
  void AddProgramFlags(const Napi::CallbackInfo& info);
  void ReuseMap(const Napi::CallbackInfo& info);
  void Load(const Napi::CallbackInfo& info);
  Napi::Value MapNames(const Napi::CallbackInfo& info);
  Napi::Value Map(const Napi::CallbackInfo& info);
  Napi::Value Program(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  /// What libbpf does not always check itself: that its functions are called in the right stage.
  void RequireUnloaded(const char* method) const;
  void RequireLoaded(const char* method) const;
  /// ENOENT when there is none.
  [[nodiscard]] bpf_map* FindMap(const std::string& name) const;
  [[nodiscard]] bpf_program* FindProgram(const std::string& name) const;

  State state_ = State::kOpened;
};

}  // namespace bpf_loader

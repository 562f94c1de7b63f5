#pragma once

#include <bpf/bpf.h>

#include <vector>

#include "fd_handle.h"

namespace bpf_loader {

class BpfMap : public FdHandle<BpfMap> {
 public:
  static constexpr const char* kName = "BpfMap";
  static constexpr const char* kFdKind = "bpf-map";
  static constexpr napi_type_tag kTag = {0x8d2c5bd3f7e94a10, 0x9c41f06ab2357de8};
  static constexpr auto kConstructor = &AddonData::map;

  static Napi::Function Define(Napi::Env env);

  explicit BpfMap(const Napi::CallbackInfo& info);

  [[nodiscard]] const bpf_map_info& Info() const { return info_; }

 private:
  Napi::Value Get(const Napi::CallbackInfo& info);
  void Set(const Napi::CallbackInfo& info);
  Napi::Value Delete(const Napi::CallbackInfo& info);
  Napi::Value NextKey(const Napi::CallbackInfo& info);
  Napi::Value Count(const Napi::CallbackInfo& info);
  Napi::Value Mmap(const Napi::CallbackInfo& info);
  Napi::Value SetInner(const Napi::CallbackInfo& info);
  Napi::Value Number(const Napi::CallbackInfo& info);
  static Napi::Value FromFd(const Napi::CallbackInfo& info);

  // map_create.cc
  static Napi::Value Create(const Napi::CallbackInfo& info);

  // map_batch.cc
  Napi::Value UpdateBatch(const Napi::CallbackInfo& info);
  Napi::Value LookupBatch(const Napi::CallbackInfo& info);
  Napi::Value DeleteBatch(const Napi::CallbackInfo& info);

  [[nodiscard]] Napi::Error Failure(int error, const char* syscall) const;
  /// Of a key argument; null for maps without keys (queues, stacks), as the kernel wants it.
  [[nodiscard]] const void* KeyOf(const Napi::Value& value) const;
  /// Its values are maps.
  [[nodiscard]] bool IsOuter() const;
  /// What the kernel wants of an outer map is a descriptor, which JavaScript has none of.
  void RequireBytesAsValues(const char* method) const;

  bpf_map_info info_;
  /// What the kernel reads and writes as one value.
  size_t lookup_size_;
  std::vector<uint8_t> scratch_;
  /// Weak: the mapping lives as long as somebody in JavaScript can see it.
  Napi::Reference<Napi::ArrayBuffer> mapping_;
};

}  // namespace bpf_loader

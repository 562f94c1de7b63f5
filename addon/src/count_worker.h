#pragma once

#include <bpf/bpf.h>
#include <napi.h>

#include <cstdint>

#include "fd.h"

namespace bpf_loader {

/// Counts a map's entries on a thread of libuv's pool.
class CountWorker : public Napi::AsyncWorker {
 public:
  /// The promise of the count. `map` is the worker's own descriptor.
  static Napi::Promise Start(Napi::Env env, UniqueFd map, const bpf_map_info& info, size_t lookup_size);

 private:
  CountWorker(Napi::Env env, UniqueFd map, const bpf_map_info& info, size_t lookup_size);

  void Execute() override;
  void OnOK() override;
  void OnError(const Napi::Error& error) override;

  /// Both return an errno, or 0.
  int CountByBatch();
  int CountByKey();

  Napi::Promise::Deferred deferred_;
  UniqueFd map_;
  bpf_map_info info_;
  size_t lookup_size_;
  uint32_t count_ = 0;
  int error_ = 0;
  const char* syscall_ = "";
};

}  // namespace bpf_loader

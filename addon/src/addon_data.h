#pragma once

#include <napi.h>

namespace bpf_loader {

/// What one environment (the main thread, or a worker) has of its own.
struct AddonData {
  Napi::FunctionReference object;
  Napi::FunctionReference map;
  Napi::FunctionReference program;
  Napi::FunctionReference link;
  Napi::FunctionReference unix_datagram;
  Napi::FunctionReference tcp_listener;

  /// What the next object is made of.
  struct Seed {
    const napi_type_tag* tag = nullptr;
    void* resource = nullptr;
  };
  /// Set by our own code for just as long as it calls a constructor; never seen set by one that JavaScript
  /// calls.
  Seed seed;

  static AddonData& Of(Napi::Env env) { return *env.GetInstanceData<AddonData>(); }
};

}  // namespace bpf_loader

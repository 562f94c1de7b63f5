#pragma once

#include <napi.h>

namespace bpf_loader {

/// What one environment (the main thread, or a worker) has of its own.
struct AddonData {
  Napi::FunctionReference object;
  Napi::FunctionReference map;
  Napi::FunctionReference program;
  Napi::FunctionReference link;

  /// What the next object is made of: set by our own code just before it calls the constructor.
  struct Seed {
    const napi_type_tag* tag = nullptr;
    void* resource = nullptr;
  };
  Seed seed;

  static AddonData& Of(Napi::Env env) { return *env.GetInstanceData<AddonData>(); }
};

}  // namespace bpf_loader

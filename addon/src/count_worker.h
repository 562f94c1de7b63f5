#pragma once

#include <cstdint>

#include "map_worker.h"

namespace bpf_loader {

/// Counts a map's entries.
class CountWorker : public MapWorker {
 public:
  static Napi::Promise Start(Napi::Env env, UniqueFd map, const bpf_map_info& info, size_t lookup_size);

 private:
  CountWorker(Napi::Env env, UniqueFd map, const bpf_map_info& info, size_t lookup_size);

  int Work() override;
  Napi::Value Result() override;

  /// Both return an errno, or 0.
  int CountByBatch();
  int CountByKey();

  size_t lookup_size_;
  uint32_t count_ = 0;
};

}  // namespace bpf_loader

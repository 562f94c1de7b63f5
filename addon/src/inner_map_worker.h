#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "arguments.h"
#include "map_worker.h"

namespace bpf_loader {

/// What goes into a slot of an outer map; without a descriptor, nothing.
struct InnerMap {
  UniqueFd fd;
  std::string name;
};

/// Fills or empties a slot. On a thread, because the kernel comes back only when no program is left that may
/// still use what was in there.
class InnerMapWorker : public MapWorker {
 public:
  static Napi::Promise Start(Napi::Env env, UniqueFd outer, const bpf_map_info& info, Bytes key,
                             InnerMap inner);

 private:
  InnerMapWorker(Napi::Env env, UniqueFd outer, const bpf_map_info& info, Bytes key, InnerMap inner);

  int Work() override;
  Napi::Error Failure(int error) override;

  std::vector<uint8_t> key_;
  InnerMap inner_;
};

}  // namespace bpf_loader

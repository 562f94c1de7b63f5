#pragma once

#include <bpf/bpf.h>
#include <napi.h>

namespace bpf_loader {

bpf_map_info ReadMapInfo(Napi::Env env, int fd);

/// How many bytes bpf(2) copies as one value: for per-CPU maps those of every possible CPU.
size_t LookupSize(Napi::Env env, const bpf_map_info& info);

/// `struct MapInfo` of index.d.ts.
Napi::Object DescribeMap(Napi::Env env, const bpf_map_info& info, size_t lookup_size);

int PossibleCpus(Napi::Env env);

/// Values of arrays and of per-CPU maps lie this far apart.
constexpr size_t ValueStride(size_t value_size) {
  constexpr size_t kAlignment = 8;
  return (value_size + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace bpf_loader

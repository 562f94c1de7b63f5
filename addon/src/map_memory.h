#pragma once

#include <bpf/bpf.h>
#include <napi.h>

namespace bpf_loader {

/// The memory of an array map, shared with the kernel; unmapped when the buffer is collected.
Napi::ArrayBuffer MapMemory(Napi::Env env, int fd, const bpf_map_info& info);

}  // namespace bpf_loader

#pragma once

#include <napi.h>

namespace bpf_loader {

/// Puts the functions that ask the machine, rather than a handle, into `exports`.
void ExportProbes(Napi::Env env, Napi::Object exports);

}  // namespace bpf_loader

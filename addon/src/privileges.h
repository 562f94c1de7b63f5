#pragma once

#include <napi.h>

namespace bpf_loader {

/// What a process may do, and who is at the other end of its sockets: Node.js has no words for either.
void ExportPrivileges(Napi::Env env, Napi::Object exports);

}  // namespace bpf_loader

#include <bpf/bpf.h>
#include <napi.h>

#include "addon_data.h"
#include "link.h"
#include "log_capture.h"
#include "map.h"
#include "object.h"
#include "privileges.h"
#include "probe.h"
#include "program.h"
#include "ring_buffer.h"
#include "tcp_listener.h"
#include "unix_datagram.h"

namespace bpf_loader {
namespace {

template <typename T>
void ExportClass(Napi::Env env, Napi::Object exports) {
  Napi::Function constructor = T::Define(env);
  AddonData::Of(env).*T::kConstructor = Napi::Persistent(constructor);
  exports.Set(T::kName, constructor);
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  InstallLogSink();
  env.SetInstanceData(new AddonData());  // The environment deletes it.
  ExportClass<BpfObject>(env, exports);
  ExportClass<BpfMap>(env, exports);
  ExportClass<BpfProgram>(env, exports);
  ExportClass<BpfLink>(env, exports);
  ExportClass<UnixDatagram>(env, exports);
  ExportClass<TcpListener>(env, exports);
  exports.Set(RingBuffer::kName, RingBuffer::Define(env));
  ExportProbes(env, exports);
  ExportPrivileges(env, exports);
  exports.Set("MAP_FLAG_INNER_MAP", Napi::Number::New(env, BPF_F_INNER_MAP));
  exports.Set("MAP_FLAG_MMAPABLE", Napi::Number::New(env, BPF_F_MMAPABLE));
  exports.Set("PROGRAM_FLAG_XDP_HAS_FRAGS", Napi::Number::New(env, BPF_F_XDP_HAS_FRAGS));
  exports.Set("TEST_RUN_XDP_LIVE_FRAMES", Napi::Number::New(env, BPF_F_TEST_XDP_LIVE_FRAMES));
  return exports;
}

}  // namespace
}  // namespace bpf_loader

static Napi::Object InitModule(Napi::Env env, Napi::Object exports) {
  return bpf_loader::Init(env, exports);
}

NODE_API_MODULE(bpf_loader_native, InitModule)

#include "link.h"

#include <bpf/bpf.h>
#include <linux/if_link.h>

#include <cerrno>
#include <limits>

#include "program.h"

namespace bpf_loader {
namespace {

uint32_t XdpFlagsOf(const Napi::Value& mode) {
  const std::string name = StringOf(mode, "mode");
  if (name == "native") return XDP_FLAGS_DRV_MODE;
  if (name == "generic") return XDP_FLAGS_SKB_MODE;
  throw InvalidType(mode.Env(), "mode must be 'native' or 'generic', not '" + name + "'");
}

}  // namespace

Napi::Function BpfLink::Define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         StaticMethod("attachXdp", &BpfLink::AttachXdp),
                         StaticMethod("openPinned", &BpfLink::OpenPinned),
                         InstanceMethod("info", &BpfLink::Info),
                         InstanceMethod("update", &BpfLink::Update),
                         InstanceMethod("pin", &BpfLink::Pin),
                         InstanceMethod("detach", &BpfLink::Detach),
                         InstanceMethod("close", &BpfLink::Close),
                     });
}

Napi::Value BpfLink::AttachXdp(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int program = BpfProgram::From(info[0], "program").Fd("attachXdp");
  const uint32_t ifindex = Uint32Of(info[1], "ifindex", 1, std::numeric_limits<int>::max());
  // bpf_program__attach_xdp() knows no flags and leaves the mode to the kernel.
  bpf_link_create_opts options{};
  options.sz = sizeof(options);
  options.flags = XdpFlagsOf(info[2]);
  UniqueFd link(bpf_link_create(program, static_cast<int>(ifindex), BPF_XDP, &options));
  if (!link) throw SystemError(env, errno, "bpf_link_create", "ifindex " + std::to_string(ifindex));
  return Wrap(env, std::move(link));
}

Napi::Value BpfLink::Info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  bpf_link_info about{};
  uint32_t size = sizeof(about);
  if (bpf_obj_get_info_by_fd(Fd("info"), &about, &size) != 0) {
    throw SystemError(env, errno, "BPF_OBJ_GET_INFO_BY_FD");
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("id", Napi::Number::New(env, about.id));
  result.Set("programId", Napi::Number::New(env, about.prog_id));
  result.Set("ifindex", Napi::Number::New(env, about.type == BPF_LINK_TYPE_XDP ? about.xdp.ifindex : 0));
  return result;
}

void BpfLink::Update(const Napi::CallbackInfo& info) {
  const int program = BpfProgram::From(info[0], "program").Fd("update");
  bpf_link_update_opts options{};
  options.sz = sizeof(options);
  if (!info[1].IsUndefined()) {
    options.flags = BPF_F_REPLACE;
    options.old_prog_fd = static_cast<uint32_t>(BpfProgram::From(info[1], "expected").Fd("update"));
  }
  if (bpf_link_update(Fd("update"), program, &options) != 0) {
    throw SystemError(info.Env(), errno, "bpf_link_update");
  }
}

void BpfLink::Detach(const Napi::CallbackInfo& info) {
  if (bpf_link_detach(Fd("detach")) != 0) throw SystemError(info.Env(), errno, "bpf_link_detach");
}

}  // namespace bpf_loader

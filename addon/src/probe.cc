#include "probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <limits>
#include <string>

#include "arguments.h"
#include "error.h"
#include "fd.h"
#include "log_capture.h"
#include "map_info.h"

namespace bpf_loader {
namespace {

/// The type of that name. libbpf tells its names only one by one: null is the end of the list.
template <typename Type>
Type TypeOf(const Napi::Value& value, const char* what, const char* (*name_of)(Type)) {
  const std::string wanted = StringOf(value, what);
  for (int type = 0;; type++) {
    const char* name = name_of(static_cast<Type>(type));
    if (name == nullptr) break;
    if (wanted == name) return static_cast<Type>(type);
  }
  throw OutOfRange(value.Env(),
                   std::string(what) + ": libbpf " + libbpf_version_string() + " knows no '" + wanted + "'");
}

Napi::Value Answer(Napi::Env env, int probed, const char* function) {
  if (probed < 0) throw SystemError(env, -probed, function);
  return Napi::Boolean::New(env, probed > 0);
}

Napi::Value SupportsProgramType(const Napi::CallbackInfo& info) {
  const LogCapture quiet;
  const auto type = TypeOf<bpf_prog_type>(info[0], "type", libbpf_bpf_prog_type_str);
  return Answer(info.Env(), libbpf_probe_bpf_prog_type(type, nullptr), "libbpf_probe_bpf_prog_type");
}

Napi::Value SupportsMapType(const Napi::CallbackInfo& info) {
  const LogCapture quiet;
  const auto type = TypeOf<bpf_map_type>(info[0], "type", libbpf_bpf_map_type_str);
  return Answer(info.Env(), libbpf_probe_bpf_map_type(type, nullptr), "libbpf_probe_bpf_map_type");
}

/// What the verifier says of a program that only calls the helper; throws EPERM when we may not ask it.
/// libbpf itself takes that for a yes, and so do its older versions the words with which Linux refuses
/// since 6.9.
std::string VerdictOnCall(Napi::Env env, bpf_prog_type type, uint32_t helper) {
  bpf_insn call{};
  call.code = BPF_JMP | BPF_CALL;
  call.imm = static_cast<int>(helper);
  bpf_insn exit{};
  exit.code = BPF_JMP | BPF_EXIT;
  const std::array program = {call, exit};
  std::array<char, 4096> log{};
  bpf_prog_load_opts options{};
  options.sz = sizeof(options);
  options.log_level = 1;
  options.log_buf = log.data();
  options.log_size = log.size();
  const UniqueFd loaded(bpf_prog_load(type, nullptr, "GPL", program.data(), program.size(), &options));
  if (!loaded && errno == EPERM) throw SystemError(env, EPERM, "BPF_PROG_LOAD");
  return log.data();
}

Napi::Value SupportsHelper(const Napi::CallbackInfo& info) {
  const auto type = TypeOf<bpf_prog_type>(info[0], "programType", libbpf_bpf_prog_type_str);
  const uint32_t helper = Uint32Of(info[1], "helperId", 1, std::numeric_limits<int>::max());
  const std::string verdict = VerdictOnCall(info.Env(), type, helper);
  if (verdict.find("cannot use helper") != std::string::npos) return Napi::Boolean::New(info.Env(), false);
  const int probed = libbpf_probe_bpf_helper(type, static_cast<bpf_func_id>(helper), nullptr);
  return Answer(info.Env(), probed, "libbpf_probe_bpf_helper");
}

Napi::Value QueryXdp(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto ifindex = Uint32Of(info[0], "ifindex", 1, std::numeric_limits<int>::max());
  // libbpf answers "nothing" for an interface that is not there.
  char name[IF_NAMESIZE];
  if (if_indextoname(ifindex, name) == nullptr) {
    throw SystemError(env, ENODEV, "if_indextoname", "ifindex " + std::to_string(ifindex));
  }
  bpf_xdp_query_opts query{};
  query.sz = sizeof(query);
  const int result = bpf_xdp_query(static_cast<int>(ifindex), 0, &query);
  if (result != 0) throw SystemError(env, -result, "bpf_xdp_query", name);
  Napi::Object answer = Napi::Object::New(env);
  answer.Set("nativeId", Napi::Number::New(env, query.drv_prog_id));
  answer.Set("genericId", Napi::Number::New(env, query.skb_prog_id));
  answer.Set("offloadedId", Napi::Number::New(env, query.hw_prog_id));
  return answer;
}

Napi::Value ProgramName(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const UniqueFd program(bpf_prog_get_fd_by_id(Uint32Of(info[0], "id")));
  if (!program) {
    if (errno == ENOENT || errno == EPERM || errno == EACCES) return env.Undefined();
    throw SystemError(env, errno, "BPF_PROG_GET_FD_BY_ID");
  }
  bpf_prog_info about{};
  uint32_t size = sizeof(about);
  if (bpf_obj_get_info_by_fd(program.Get(), &about, &size) != 0) {
    throw SystemError(env, errno, "BPF_OBJ_GET_INFO_BY_FD");
  }
  return Napi::String::New(env, about.name);
}

Napi::Value InterfaceIndex(const Napi::CallbackInfo& info) {
  const std::string name = StringOf(info[0], "name");
  const unsigned index = if_nametoindex(name.c_str());
  if (index == 0 && errno != ENODEV && errno != ENXIO) {
    throw SystemError(info.Env(), errno, "if_nametoindex", name);
  }
  return Napi::Number::New(info.Env(), index);
}

/// By ioctl and not from /sys, which shows the network namespace it was mounted in and not the caller's.
Napi::Value InterfaceHardware(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string name = StringOf(info[0], "name");
  ifreq request{};
  if (name.size() >= sizeof(request.ifr_name)) return env.Undefined();
  name.copy(request.ifr_name, name.size());
  const UniqueFd socket_fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket_fd) throw SystemError(env, errno, "socket", name);
  if (ioctl(socket_fd.Get(), SIOCGIFHWADDR, &request) != 0) {
    if (errno == ENODEV) return env.Undefined();
    throw SystemError(env, errno, "SIOCGIFHWADDR", name);
  }
  Napi::Object hardware = Napi::Object::New(env);
  hardware.Set("type", Napi::Number::New(env, request.ifr_hwaddr.sa_family));
  hardware.Set("address", Napi::Buffer<char>::Copy(env, request.ifr_hwaddr.sa_data, ETH_ALEN));
  return hardware;
}

Napi::Value CountPossibleCpus(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), PossibleCpus(info.Env()));
}

Napi::Value BootTimeNs(const Napi::CallbackInfo& info) {
  constexpr uint64_t kNanosPerSecond = 1'000'000'000;
  timespec now{};
  if (clock_gettime(CLOCK_BOOTTIME, &now) != 0) throw SystemError(info.Env(), errno, "clock_gettime");
  const uint64_t nanos =
      static_cast<uint64_t>(now.tv_sec) * kNanosPerSecond + static_cast<uint64_t>(now.tv_nsec);
  return Napi::BigInt::New(info.Env(), nanos);
}

Napi::Value LibbpfVersion(const Napi::CallbackInfo& info) {
  return Napi::String::New(
      info.Env(), std::to_string(libbpf_major_version()) + "." + std::to_string(libbpf_minor_version()));
}

}  // namespace

void ExportProbes(Napi::Env env, Napi::Object exports) {
  const auto add = [&](const char* name, Napi::Value (*function)(const Napi::CallbackInfo&)) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  add("queryXdp", QueryXdp);
  add("programName", ProgramName);
  add("interfaceIndex", InterfaceIndex);
  add("interfaceHardware", InterfaceHardware);
  add("supportsProgramType", SupportsProgramType);
  add("supportsMapType", SupportsMapType);
  add("supportsHelper", SupportsHelper);
  add("possibleCpus", CountPossibleCpus);
  add("bootTimeNs", BootTimeNs);
  add("libbpfVersion", LibbpfVersion);
}

}  // namespace bpf_loader

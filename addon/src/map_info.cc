#include "map_info.h"

#include <bpf/libbpf.h>

#include <cerrno>
#include <string>

#include "error.h"

namespace bpf_loader {
namespace {

std::string TypeName(uint32_t type) {
  const char* name = libbpf_bpf_map_type_str(static_cast<bpf_map_type>(type));
  return name != nullptr ? name : "type_" + std::to_string(type);
}

}  // namespace

bpf_map_info ReadMapInfo(Napi::Env env, int fd) {
  bpf_map_info info{};
  uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(fd, &info, &size) != 0) throw SystemError(env, errno, "BPF_OBJ_GET_INFO_BY_FD");
  return info;
}

size_t LookupSize(Napi::Env env, const bpf_map_info& info) {
  switch (info.type) {
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH:
    case BPF_MAP_TYPE_PERCPU_ARRAY:
    case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
      return ValueStride(info.value_size) * static_cast<size_t>(PossibleCpus(env));
    default:
      return info.value_size;
  }
}

Napi::Object DescribeMap(Napi::Env env, const bpf_map_info& info, size_t lookup_size) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("name", Napi::String::New(env, info.name));
  result.Set("type", Napi::String::New(env, TypeName(info.type)));
  result.Set("id", Napi::Number::New(env, info.id));
  result.Set("keySize", Napi::Number::New(env, info.key_size));
  result.Set("valueSize", Napi::Number::New(env, info.value_size));
  result.Set("lookupSize", Napi::Number::New(env, static_cast<double>(lookup_size)));
  result.Set("maxEntries", Napi::Number::New(env, info.max_entries));
  result.Set("flags", Napi::Number::New(env, info.map_flags));
  result.Freeze();
  return result;
}

int PossibleCpus(Napi::Env env) {
  const int cpus = libbpf_num_possible_cpus();
  if (cpus < 0) throw SystemError(env, -cpus, "libbpf_num_possible_cpus");
  return cpus;
}

}  // namespace bpf_loader

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string>
#include <utility>

#include "map.h"

namespace bpf_loader {
namespace {

bpf_map_type MapTypeOf(const Napi::Value& value) {
  const std::string name = StringOf(value, "type");
  if (name == "array") return BPF_MAP_TYPE_ARRAY;
  if (name == "hash") return BPF_MAP_TYPE_HASH;
  throw InvalidType(value.Env(), "type must be 'array' or 'hash', not '" + name + "'");
}

bool IsNameCharacter(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9') || character == '_' || character == '.';
}

/// libbpf would cut a longer one short, and of a wrong character the kernel says no more than EINVAL.
std::string MapNameOf(const Napi::Value& value) {
  constexpr size_t kLongest = BPF_OBJ_NAME_LEN - 1;  // NUL follows.
  std::string name = StringOf(value, "name");
  if (name.empty() || name.size() > kLongest || !std::all_of(name.begin(), name.end(), IsNameCharacter)) {
    throw OutOfRange(value.Env(), "name: expected 1 to " + std::to_string(kLongest) +
                                      " letters, digits, '_' and '.', got '" + name + "'");
  }
  return name;
}

}  // namespace

Napi::Value BpfMap::Create(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Object options = ObjectOf(info[0], "options");
  const bpf_map_type type = MapTypeOf(options.Get("type"));
  const std::string name = MapNameOf(options.Get("name"));
  const uint32_t key_size = Uint32Of(options.Get("keySize"), "keySize", 1);
  const uint32_t value_size = Uint32Of(options.Get("valueSize"), "valueSize", 1);
  const uint32_t max_entries = Uint32Of(options.Get("maxEntries"), "maxEntries", 1);
  bpf_map_create_opts create{};
  create.sz = sizeof(create);
  create.map_flags = OptionalUint32(options, "flags", 0, std::numeric_limits<uint32_t>::max());
  UniqueFd fd(bpf_map_create(type, name.c_str(), key_size, value_size, max_entries, &create));
  if (!fd) throw SystemError(env, errno, "BPF_MAP_CREATE", name);
  return Wrap(env, std::move(fd));
}

}  // namespace bpf_loader

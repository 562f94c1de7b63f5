#include "object.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include "arguments.h"
#include "log_capture.h"
#include "map.h"
#include "program.h"
#include "tunable.h"

namespace bpf_loader {

Napi::Function BpfObject::Define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         StaticMethod("open", &BpfObject::Open),
                         InstanceMethod("setTunable", &BpfObject::SetTunable),
                         InstanceMethod("setMaxEntries", &BpfObject::SetMaxEntries),
                         InstanceMethod("addProgramFlags", &BpfObject::AddProgramFlags),
                         InstanceMethod("reuseMap", &BpfObject::ReuseMap),
                         InstanceMethod("load", &BpfObject::Load),
                         InstanceMethod("mapNames", &BpfObject::MapNames),
                         InstanceMethod("map", &BpfObject::Map),
                         InstanceMethod("program", &BpfObject::Program),
                         InstanceMethod("close", &BpfObject::Close),
                     });
}

Napi::Value BpfObject::Open(const Napi::CallbackInfo& info) {
  const std::string path = StringOf(info[0], "path");
  const LogCapture log;
  ObjectPtr object(bpf_object__open_file(path.c_str(), nullptr));
  if (!object) throw SystemError(info.Env(), errno, "bpf_object__open_file", path, log.Text());
  return Wrap(info.Env(), std::move(object));
}

void BpfObject::SetTunable(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string name = StringOf(info[0], "name");
  // libbpf maps the loaded section read-only in this very place: a late write would kill the process.
  RequireUnloaded("setTunable");
  const auto place = FindTunable(resource_.get(), name);
  if (!place) {
    throw RefusedError(env, ENOENT, "btf__find_by_name_kind",
                       "no variable '" + name + "' in " + kTunableSection);
  }
  const Bytes value = BytesOf(info[1], name.c_str(), place->size);

  bpf_map* section = FindMap(kTunableSection);
  size_t size = 0;
  const auto* initial = static_cast<const uint8_t*>(bpf_map__initial_value(section, &size));
  if (initial == nullptr || place->offset > size || place->size > size - place->offset) {
    throw RefusedError(env, EINVAL, "bpf_map__initial_value", "'" + name + "' lies outside of .rodata");
  }
  std::vector<uint8_t> bytes(initial, initial + size);
  std::copy(value.begin(), value.end(), bytes.begin() + static_cast<ptrdiff_t>(place->offset));
  const int result = bpf_map__set_initial_value(section, bytes.data(), size);
  if (result != 0) throw SystemError(env, -result, "bpf_map__set_initial_value", name);
}

void BpfObject::SetMaxEntries(const Napi::CallbackInfo& info) {
  const std::string name = StringOf(info[0], "mapName");
  const uint32_t max_entries = Uint32Of(info[1], "maxEntries");
  RequireUnloaded("setMaxEntries");
  const int result = bpf_map__set_max_entries(FindMap(name), max_entries);
  if (result != 0) throw SystemError(info.Env(), -result, "bpf_map__set_max_entries", name);
}

void BpfObject::AddProgramFlags(const Napi::CallbackInfo& info) {
  const std::string name = StringOf(info[0], "programName");
  const uint32_t flags = Uint32Of(info[1], "flags");
  RequireUnloaded("addProgramFlags");
  bpf_program* program = FindProgram(name);
  const int result = bpf_program__set_flags(program, bpf_program__flags(program) | flags);
  if (result != 0) throw SystemError(info.Env(), -result, "bpf_program__set_flags", name);
}

void BpfObject::ReuseMap(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string name = StringOf(info[0], "mapName");
  const BpfMap& replacement = BpfMap::From(info[1], "map");
  const int fd = replacement.Fd("reuseMap");
  RequireUnloaded("reuseMap");
  bpf_map* map = FindMap(name);
  // libbpf takes any map, and the program would then read values of another shape.
  const bpf_map_info& has = replacement.Info();
  if (has.type != bpf_map__type(map) || has.key_size != bpf_map__key_size(map) ||
      has.value_size != bpf_map__value_size(map)) {
    throw RefusedError(env, EINVAL, "bpf_map__reuse_fd",
                       "map '" + name + "' has another type or other sizes");
  }
  const int result = bpf_map__reuse_fd(map, fd);
  if (result != 0) throw SystemError(env, -result, "bpf_map__reuse_fd", name);
}

void BpfObject::Load(const Napi::CallbackInfo& info) {
  RequireUnloaded("load");
  const LogCapture log;
  const int result = bpf_object__load(resource_.get());
  state_ = result == 0 ? State::kLoaded : State::kFailed;
  if (result != 0) {
    throw SystemError(info.Env(), -result, "bpf_object__load", bpf_object__name(resource_.get()), log.Text());
  }
}

Napi::Value BpfObject::MapNames(const Napi::CallbackInfo& info) {
  RequireOpen("mapNames");
  Napi::Array names = Napi::Array::New(info.Env());
  const bpf_map* map = nullptr;
  bpf_object__for_each_map(map, resource_.get()) names.Set(names.Length(), bpf_map__name(map));
  return names;
}

Napi::Value BpfObject::Map(const Napi::CallbackInfo& info) {
  const std::string name = StringOf(info[0], "name");
  RequireLoaded("map");
  return BpfMap::Wrap(info.Env(), DuplicateFd(info.Env(), bpf_map__fd(FindMap(name))));
}

Napi::Value BpfObject::Program(const Napi::CallbackInfo& info) {
  const std::string name = StringOf(info[0], "name");
  RequireLoaded("program");
  return BpfProgram::Wrap(info.Env(), DuplicateFd(info.Env(), bpf_program__fd(FindProgram(name))));
}

void BpfObject::Close(const Napi::CallbackInfo& /*info*/) {
  resource_.reset();
}

void BpfObject::RequireUnloaded(const char* method) const {
  RequireOpen(method);
  if (state_ == State::kOpened) return;
  throw RefusedError(Env(), EBUSY, std::string(kName) + "." + method,
                     state_ == State::kLoaded ? "the object is loaded already" : "loading the object failed");
}

void BpfObject::RequireLoaded(const char* method) const {
  RequireOpen(method);
  if (state_ == State::kLoaded) return;
  throw RefusedError(Env(), EINVAL, std::string(kName) + "." + method, "the object is not loaded");
}

bpf_map* BpfObject::FindMap(const std::string& name) const {
  bpf_map* map = bpf_object__find_map_by_name(resource_.get(), name.c_str());
  if (map == nullptr) throw SystemError(Env(), ENOENT, "bpf_object__find_map_by_name", name);
  return map;
}

bpf_program* BpfObject::FindProgram(const std::string& name) const {
  bpf_program* program = bpf_object__find_program_by_name(resource_.get(), name.c_str());
  if (program == nullptr) throw SystemError(Env(), ENOENT, "bpf_object__find_program_by_name", name);
  return program;
}

}  // namespace bpf_loader

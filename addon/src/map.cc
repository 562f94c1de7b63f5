#include "map.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string>
#include <utility>

#include "count_worker.h"
#include "inner_map_worker.h"
#include "map_info.h"
#include "map_memory.h"

namespace bpf_loader {
namespace {

uint64_t UpdateFlagsOf(const Napi::Value& mode) {
  if (mode.IsUndefined()) return BPF_ANY;
  const std::string name = StringOf(mode, "mode");
  if (name == "any") return BPF_ANY;
  if (name == "create") return BPF_NOEXIST;
  if (name == "update") return BPF_EXIST;
  throw InvalidType(mode.Env(), "mode must be 'any', 'create' or 'update', not '" + name + "'");
}

}  // namespace

Napi::Function BpfMap::Define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         StaticMethod("create", &BpfMap::Create),
                         StaticMethod("openPinned", &BpfMap::OpenPinned),
                         StaticMethod("fromFd", &BpfMap::FromFd),
                         InstanceMethod("get", &BpfMap::Get),
                         InstanceMethod("set", &BpfMap::Set),
                         InstanceMethod("delete", &BpfMap::Delete),
                         InstanceMethod("nextKey", &BpfMap::NextKey),
                         InstanceMethod("updateBatch", &BpfMap::UpdateBatch),
                         InstanceMethod("lookupBatch", &BpfMap::LookupBatch),
                         InstanceMethod("deleteBatch", &BpfMap::DeleteBatch),
                         InstanceMethod("count", &BpfMap::Count),
                         InstanceMethod("mmap", &BpfMap::Mmap),
                         InstanceMethod("setInner", &BpfMap::SetInner),
                         InstanceMethod("fd", &BpfMap::Number),
                         InstanceMethod("pin", &BpfMap::Pin),
                         InstanceMethod("close", &BpfMap::Close),
                     });
}

BpfMap::BpfMap(const Napi::CallbackInfo& info)
    : FdHandle<BpfMap>(info),
      info_(ReadMapInfo(info.Env(), resource_.Get())),
      lookup_size_(LookupSize(info.Env(), info_)),
      scratch_(lookup_size_) {
  info.This().As<Napi::Object>().DefineProperty(
      Napi::PropertyDescriptor::Value("info", DescribeMap(info.Env(), info_, lookup_size_), napi_enumerable));
}

Napi::Error BpfMap::Failure(int error, const char* syscall) const {
  return SystemError(Env(), error, syscall, info_.name);
}

const void* BpfMap::KeyOf(const Napi::Value& value) const {
  const Bytes key = BytesOf(value, "key", info_.key_size);
  return key.empty() ? nullptr : key.data();
}

bool BpfMap::IsOuter() const {
  return info_.type == BPF_MAP_TYPE_ARRAY_OF_MAPS || info_.type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

void BpfMap::RequireBytesAsValues(const char* method) const {
  if (!IsOuter()) return;
  throw RefusedError(Env(), EINVAL, std::string(kName) + "." + method,
                     "map '" + std::string(info_.name) + "' holds maps: use setInner()");
}

Napi::Value BpfMap::Get(const Napi::CallbackInfo& info) {
  const void* key = KeyOf(info[0]);
  // Not into the answer itself: making an ArrayBuffer for each absent key would be most of the work.
  if (bpf_map_lookup_elem(Fd("get"), key, scratch_.data()) != 0) {
    if (errno == ENOENT) return info.Env().Undefined();
    throw Failure(errno, "BPF_MAP_LOOKUP_ELEM");
  }
  Napi::Uint8Array value = Napi::Uint8Array::New(info.Env(), lookup_size_);
  std::copy(scratch_.begin(), scratch_.end(), value.Data());
  return value;
}

void BpfMap::Set(const Napi::CallbackInfo& info) {
  const uint64_t flags = UpdateFlagsOf(info[2]);
  const void* key = KeyOf(info[0]);
  const Bytes value = BytesOf(info[1], "value", lookup_size_);
  const int fd = Fd("set");
  RequireBytesAsValues("set");
  if (bpf_map_update_elem(fd, key, value.data(), flags) != 0) {
    throw Failure(errno, "BPF_MAP_UPDATE_ELEM");
  }
}

Napi::Value BpfMap::Delete(const Napi::CallbackInfo& info) {
  const void* key = KeyOf(info[0]);
  const bool was_there = bpf_map_delete_elem(Fd("delete"), key) == 0;
  if (!was_there && errno != ENOENT) throw Failure(errno, "BPF_MAP_DELETE_ELEM");
  return Napi::Boolean::New(info.Env(), was_there);
}

Napi::Value BpfMap::NextKey(const Napi::CallbackInfo& info) {
  const void* key = info[0].IsUndefined() ? nullptr : KeyOf(info[0]);
  const int fd = Fd("nextKey");
  Napi::Uint8Array next = Napi::Uint8Array::New(info.Env(), info_.key_size);
  if (bpf_map_get_next_key(fd, key, next.Data()) != 0) {
    if (errno == ENOENT) return info.Env().Undefined();
    throw Failure(errno, "BPF_MAP_GET_NEXT_KEY");
  }
  return next;
}

Napi::Value BpfMap::Count(const Napi::CallbackInfo& info) {
  return CountWorker::Start(info.Env(), DuplicateFd(info.Env(), Fd("count")), info_, lookup_size_);
}

Napi::Value BpfMap::Mmap(const Napi::CallbackInfo& info) {
  const int fd = Fd("mmap");
  if (!mapping_.IsEmpty()) {
    const Napi::ArrayBuffer cached = mapping_.Value();
    // Somebody may have detached it with ArrayBuffer.prototype.transfer().
    if (!cached.IsEmpty() && !cached.IsDetached()) return cached;
  }
  Napi::ArrayBuffer memory = MapMemory(info.Env(), fd, info_);
  mapping_ = Napi::Weak(memory);
  return memory;
}

Napi::Value BpfMap::SetInner(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = Fd("setInner");
  if (!IsOuter()) {
    throw RefusedError(env, EINVAL, "BpfMap.setInner",
                       "map '" + std::string(info_.name) + "' holds bytes and no maps");
  }
  const Bytes key = BytesOf(info[0], "key", info_.key_size);
  InnerMap inner;
  if (!info[1].IsUndefined()) {
    const BpfMap& map = From(info[1], "inner");
    inner = {DuplicateFd(env, map.Fd("setInner")), map.info_.name};
  }
  return InnerMapWorker::Start(env, DuplicateFd(env, fd), info_, key, std::move(inner));
}

Napi::Value BpfMap::Number(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), Fd("fd"));
}

Napi::Value BpfMap::FromFd(const Napi::CallbackInfo& info) {
  constexpr uint32_t kLargest = std::numeric_limits<int>::max();
  const int number = static_cast<int>(Uint32Of(info[0], "fd", 0, kLargest));
  return Wrap(info.Env(), OpenFd(info.Env(), number, kFdKind));
}

}  // namespace bpf_loader

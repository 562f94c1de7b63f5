#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "map.h"

namespace bpf_loader {
namespace {

/// How far the kernel got before it failed. Before Linux 6.8 it leaves `*done` as it was when it fails early.
uint32_t DoneBeforeFailure(uint32_t done, uint32_t requested) {
  return done < requested ? done : 0;
}

Napi::Error WithProgress(Napi::Error error, uint32_t done) {
  error.Value().Set("written", Napi::Number::New(error.Env(), done));
  return error;
}

}  // namespace

Napi::Value BpfMap::UpdateBatch(const Napi::CallbackInfo& info) {
  const uint32_t count = Uint32Of(info[2], "count");
  const Bytes keys = PackedBytesOf(info[0], "keys", count, info_.key_size);
  const Bytes values = PackedBytesOf(info[1], "values", count, lookup_size_);
  const int fd = Fd("updateBatch");
  RequireBytesAsValues("updateBatch");
  uint32_t written = count;
  if (count > 0 && bpf_map_update_batch(fd, keys.data(), values.data(), &written, nullptr) != 0) {
    throw WithProgress(Failure(errno, "BPF_MAP_UPDATE_BATCH"), DoneBeforeFailure(written, count));
  }
  return Napi::Number::New(info.Env(), written);
}

Napi::Value BpfMap::LookupBatch(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  // Hashes keep a bucket number in it, the others a key.
  const size_t cursor_size = std::max<size_t>(info_.key_size, sizeof(uint32_t));
  const uint32_t count = Uint32Of(info[2], "count", 1);
  const Bytes keys = PackedBytesOf(info[0], "keys", count, info_.key_size);
  const Bytes values = PackedBytesOf(info[1], "values", count, lookup_size_);
  uint8_t* from = info[3].IsUndefined() ? nullptr : BytesOf(info[3], "cursor", cursor_size).data();
  const int fd = Fd("lookupBatch");

  std::vector<uint8_t> next(cursor_size);
  uint32_t found = count;
  const int result = bpf_map_lookup_batch(fd, from, next.data(), keys.data(), values.data(), &found, nullptr);
  const bool at_end = result != 0 && errno == ENOENT;
  if (result != 0 && !at_end) throw Failure(errno, "BPF_MAP_LOOKUP_BATCH");

  Napi::Object answer = Napi::Object::New(env);
  answer.Set("count", Napi::Number::New(env, found));
  answer.Set("cursor", env.Undefined());
  if (!at_end) {
    Napi::Uint8Array cursor = Napi::Uint8Array::New(env, cursor_size);
    std::copy(next.begin(), next.end(), cursor.Data());
    answer.Set("cursor", cursor);
  }
  return answer;
}

Napi::Value BpfMap::DeleteBatch(const Napi::CallbackInfo& info) {
  const uint32_t count = Uint32Of(info[1], "count");
  const Bytes keys = PackedBytesOf(info[0], "keys", count, info_.key_size);
  const int fd = Fd("deleteBatch");
  uint32_t deleted = 0;
  for (uint32_t position = 0; position < count;) {
    const uint32_t left = count - position;
    uint32_t done = left;
    const bool failed = bpf_map_delete_batch(fd, keys.data() + static_cast<size_t>(position) * info_.key_size,
                                             &done, nullptr) != 0;
    const int error = failed ? errno : 0;
    if (failed) done = DoneBeforeFailure(done, left);
    deleted += done;
    if (failed && error != ENOENT) throw WithProgress(Failure(error, "BPF_MAP_DELETE_BATCH"), deleted);
    position += done + (failed ? 1 : 0);  // The kernel stops at the first absent key: step over it.
  }
  return Napi::Number::New(info.Env(), deleted);
}

}  // namespace bpf_loader

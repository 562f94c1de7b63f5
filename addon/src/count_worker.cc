#include "count_worker.h"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

namespace bpf_loader {
namespace {

constexpr size_t kFirstChunkBytes = 256U << 10;  // A call takes some 100 µs then; values may be of any size.
constexpr int kKernelNotSupported = 524;

bool IsBatchUnsupported(int error) {
  return error == kKernelNotSupported || error == EOPNOTSUPP || error == EINVAL;
}

}  // namespace

Napi::Promise CountWorker::Start(Napi::Env env, UniqueFd map, const bpf_map_info& info, size_t lookup_size) {
  return (new CountWorker(env, std::move(map), info, lookup_size))->Run();
}

CountWorker::CountWorker(Napi::Env env, UniqueFd map, const bpf_map_info& info, size_t lookup_size)
    : MapWorker(env, "BpfMap.count", std::move(map), info), lookup_size_(lookup_size) {}

int CountWorker::Work() {
  const int error = CountByBatch();
  return IsBatchUnsupported(error) ? CountByKey() : error;
}

int CountWorker::CountByBatch() {
  syscall_ = "BPF_MAP_LOOKUP_BATCH";
  const size_t fitting = kFirstChunkBytes / std::max<size_t>(info_.key_size + lookup_size_, 1);
  auto chunk = static_cast<uint32_t>(std::min<size_t>(std::max<size_t>(fitting, 1), info_.max_entries));
  std::vector<uint8_t> keys;
  std::vector<uint8_t> values;
  std::vector<uint8_t> cursor(std::max<size_t>(info_.key_size, sizeof(uint32_t)));
  count_ = 0;
  // A map of other kinds than hashes walks by key, and begins again when that key has gone: hence the bound.
  for (bool is_first = true; count_ < info_.max_entries;) {
    keys.resize(static_cast<size_t>(chunk) * info_.key_size);
    values.resize(chunk * lookup_size_);
    uint32_t found = chunk;
    const bool failed = bpf_map_lookup_batch(map_.Get(), is_first ? nullptr : cursor.data(), cursor.data(),
                                             keys.data(), values.data(), &found, nullptr) != 0;
    const int error = failed ? errno : 0;
    if (error == ENOSPC && chunk < info_.max_entries) {  // One bucket of the hash holds more than a chunk.
      chunk = chunk > info_.max_entries / 2 ? info_.max_entries : chunk * 2;
      continue;
    }
    if (error != 0 && error != ENOENT) return error;
    count_ += std::min(found, info_.max_entries - count_);
    if (error == ENOENT) return 0;
    is_first = false;
  }
  return 0;
}

int CountWorker::CountByKey() {
  syscall_ = "BPF_MAP_GET_NEXT_KEY";
  std::vector<uint8_t> key(info_.key_size);
  std::vector<uint8_t> next(info_.key_size);
  for (count_ = 0; count_ < info_.max_entries; count_++) {
    if (bpf_map_get_next_key(map_.Get(), count_ == 0 ? nullptr : key.data(), next.data()) != 0) {
      return errno == ENOENT ? 0 : errno;
    }
    key.swap(next);
  }
  return 0;
}

Napi::Value CountWorker::Result() {
  return Napi::Number::New(Env(), count_);
}

}  // namespace bpf_loader

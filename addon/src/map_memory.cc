#include "map_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "error.h"
#include "map_info.h"

namespace bpf_loader {
namespace {

size_t RoundUpToPage(size_t size) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return (size + page - 1) / page * page;
}

}  // namespace

Napi::ArrayBuffer MapMemory(Napi::Env env, int fd, const bpf_map_info& info) {
  const std::string name = info.name;
  if (info.type != BPF_MAP_TYPE_ARRAY || (info.map_flags & BPF_F_MMAPABLE) == 0) {
    throw RefusedError(env, EINVAL, "mmap", "map '" + name + "' is not an array made with BPF_F_MMAPABLE");
  }
  const size_t size = ValueStride(info.value_size) * info.max_entries;
  const size_t mapped_size = RoundUpToPage(size);
  // Always writable, so that the kernel refuses what is frozen or read-only: JavaScript knows no read-only
  // memory, and its first write to such a page would kill the process.
  void* memory = mmap(nullptr, mapped_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) {
    if (errno == EPERM || errno == EACCES) {
      throw RefusedError(env, errno, "mmap", "map '" + name + "' is frozen or read-only");
    }
    throw SystemError(env, errno, "mmap", name);
  }

  // The collector sees only a small object; unless told, it would not hurry to free a large mapping.
  Napi::MemoryManagement::AdjustExternalMemory(env, static_cast<int64_t>(mapped_size));
  return Napi::ArrayBuffer::New(env, memory, size, [mapped_size](Napi::Env finalizer_env, void* data) {
    munmap(data, mapped_size);
    Napi::MemoryManagement::AdjustExternalMemory(finalizer_env, -static_cast<int64_t>(mapped_size));
  });
}

}  // namespace bpf_loader

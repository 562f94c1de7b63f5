#include "inner_map_worker.h"

#include <cerrno>
#include <utility>

#include "error.h"

namespace bpf_loader {

Napi::Promise InnerMapWorker::Start(Napi::Env env, UniqueFd outer, const bpf_map_info& info, Bytes key,
                                    InnerMap inner) {
  return (new InnerMapWorker(env, std::move(outer), info, key, std::move(inner)))->Run();
}

InnerMapWorker::InnerMapWorker(Napi::Env env, UniqueFd outer, const bpf_map_info& info, Bytes key,
                               InnerMap inner)
    : MapWorker(env, "BpfMap.setInner", std::move(outer), info),
      key_(key.begin(), key.end()),
      inner_(std::move(inner)) {}

int InnerMapWorker::Work() {
  if (inner_.fd) {
    syscall_ = "BPF_MAP_UPDATE_ELEM";
    const int fd = inner_.fd.Get();
    return bpf_map_update_elem(map_.Get(), key_.data(), &fd, BPF_ANY) == 0 ? 0 : errno;
  }
  syscall_ = "BPF_MAP_DELETE_ELEM";
  const bool is_empty = bpf_map_delete_elem(map_.Get(), key_.data()) == 0 || errno == ENOENT;
  return is_empty ? 0 : errno;
}

Napi::Error InnerMapWorker::Failure(int error) {
  // Of all that the kernel calls EINVAL, only the comparison with the map that the outer one was made for is
  // left.
  if (error == EINVAL && inner_.fd) {
    return RefusedError(Env(), error, syscall_,
                        "map '" + inner_.name + "' is not what '" + std::string(info_.name) +
                            "' takes: another type, key size, value size, flags or (unless made with "
                            "BPF_F_INNER_MAP) capacity");
  }
  return MapWorker::Failure(error);
}

}  // namespace bpf_loader

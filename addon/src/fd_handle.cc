#include "fd_handle.h"

#include <bpf/bpf.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace bpf_loader {
namespace {

/// What the descriptor is, in the kernel's words, e.g. `anon-inode:bpf-map`. bpf(2) itself has no way to ask.
std::string KindOf(Napi::Env env, int fd) {
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  std::array<char, 64> target{};
  const ssize_t length = readlink(path.c_str(), target.data(), target.size());
  if (length < 0) throw SystemError(env, errno, "readlink", path);
  std::string kind(target.data(), static_cast<size_t>(length));
  std::replace(kind.begin(), kind.end(), '_',
               '-');  // A link is a bpf_link when made and a bpf-link when opened.
  return kind;
}

}  // namespace

UniqueFd OpenPin(Napi::Env env, const std::string& path, const char* kind) {
  UniqueFd fd(bpf_obj_get(path.c_str()));
  if (!fd) throw SystemError(env, errno, "bpf_obj_get", path);
  const std::string actual = KindOf(env, fd.Get());
  if (actual.find(kind) == std::string::npos) {
    throw RefusedError(env, EINVAL, "bpf_obj_get", "'" + path + "' is " + actual + " and not " + kind);
  }
  return fd;
}

UniqueFd OpenFd(Napi::Env env, int number, const char* kind) {
  UniqueFd fd = DuplicateFd(env, number);
  const std::string actual = KindOf(env, fd.Get());
  if (actual.find(kind) == std::string::npos) {
    throw RefusedError(env, EINVAL, "fcntl",
                       "descriptor " + std::to_string(number) + " is " + actual + " and not " + kind);
  }
  return fd;
}

void PinFd(Napi::Env env, int fd, const std::string& path) {
  if (bpf_obj_pin(fd, path.c_str()) != 0) throw SystemError(env, errno, "bpf_obj_pin", path);
}

UniqueFd DuplicateFd(Napi::Env env, int fd) {
  UniqueFd copy = UniqueFd::Duplicate(fd);
  if (!copy) throw SystemError(env, errno, "fcntl");
  return copy;
}

}  // namespace bpf_loader

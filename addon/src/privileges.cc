#include "privileges.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "arguments.h"
#include "error.h"

namespace bpf_loader {
namespace {

constexpr int kBitsAWord = 32;
constexpr int kMaxCapability = 63;
/// Node.js closes these, too, when something else is executed: it takes every descriptor that it finds for
/// its own.
constexpr int kStandardStreams = 3;

using Words = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

constexpr bool Has(uint64_t set, int capability) {
  return (set >> capability & 1) != 0;
}

uint64_t SetOf(const Words& words, uint32_t __user_cap_data_struct::*kind) {
  return words[0].*kind | static_cast<uint64_t>(words[1].*kind) << kBitsAWord;
}

Words OfThisThread(Napi::Env env) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  Words words{};
  if (syscall(SYS_capget, &header, words.data()) != 0) throw SystemError(env, errno, "capget");
  return words;
}

/// What root gets back by executing something, and what a file can give.
void LimitBoundingSet(Napi::Env env, uint64_t keep) {
  for (int capability = 0; capability <= kMaxCapability; capability++) {
    const int is_there = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
    if (is_there < 0) return;  // EINVAL: the kernel knows none from here on.
    if (is_there == 0 || Has(keep, capability)) continue;
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) throw SystemError(env, errno, "PR_CAPBSET_DROP");
  }
}

/// For whom executing something leaves nothing else: everybody but root, and root where it is a user like any
/// other.
bool NeedsAmbientSet() {
  const int bits = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
  return geteuid() != 0 || (bits > 0 && (bits & SECBIT_NOROOT) != 0);
}

void SetAmbientSet(Napi::Env env, uint64_t keep) {
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) {
    throw SystemError(env, errno, "PR_CAP_AMBIENT_CLEAR_ALL");
  }
  for (int capability = 0; capability <= kMaxCapability; capability++) {
    if (Has(keep, capability) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0) {
      throw SystemError(env, errno, "PR_CAP_AMBIENT_RAISE");
    }
  }
}

uint64_t BigUint64Of(const Napi::Value& value, const char* what) {
  if (!value.IsBigInt()) throw InvalidType(value.Env(), std::string(what) + " must be a bigint");
  bool is_lossless = false;
  const uint64_t number = value.As<Napi::BigInt>().Uint64Value(&is_lossless);
  if (!is_lossless) throw OutOfRange(value.Env(), std::string(what) + ": expected 64 bits without a sign");
  return number;
}

void LimitCapabilities(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const uint64_t wanted = BigUint64Of(info[0], "keep");
  const Words now = OfThisThread(env);
  const uint64_t keep = wanted & SetOf(now, &__user_cap_data_struct::permitted);
  if (Has(SetOf(now, &__user_cap_data_struct::effective), CAP_SETPCAP)) LimitBoundingSet(env, wanted);

  const uint64_t ambient = NeedsAmbientSet() ? keep : 0;
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  Words words{};
  for (size_t index = 0; index < words.size(); index++) {
    const size_t shift = index * kBitsAWord;
    const auto word = static_cast<uint32_t>(keep >> shift);
    words[index] = {
        .effective = word, .permitted = word, .inheritable = static_cast<uint32_t>(ambient >> shift)};
  }
  if (syscall(SYS_capset, &header, words.data()) != 0) throw SystemError(env, errno, "capset");
  SetAmbientSet(env, ambient);
}

void SetNoNewPrivileges(const Napi::CallbackInfo& info) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    throw SystemError(info.Env(), errno, "PR_SET_NO_NEW_PRIVS");
  }
}

std::vector<std::string> StringsOf(const Napi::Value& value, const char* what) {
  if (!value.IsArray()) throw InvalidType(value.Env(), std::string(what) + " must be an array of strings");
  const auto array = value.As<Napi::Array>();
  std::vector<std::string> texts(array.Length());
  for (uint32_t index = 0; index < texts.size(); index++) texts[index] = StringOf(array.Get(index), what);
  return texts;
}

/// As C wants them: null at the end. Valid as long as `texts` is, and unchanged.
std::vector<char*> PointersTo(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

void Execve(const Napi::CallbackInfo& info) {
  const std::string path = StringOf(info[0], "path");
  std::vector<std::string> arguments = StringsOf(info[1], "args");
  std::vector<std::string> environment = StringsOf(info[2], "environment");
  const std::vector<char*> argv = PointersTo(arguments);
  const std::vector<char*> envp = PointersTo(environment);
  for (int fd = 0; fd < kStandardStreams; fd++) {
    const int flags = fcntl(fd, F_GETFD);
    if (flags >= 0) fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC);
  }
  execve(path.c_str(), argv.data(), envp.data());
  throw SystemError(info.Env(), errno, "execve", path);
}

Napi::Value PeerCredentials(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto fd = Uint32Of(info[0], "fd", 0, std::numeric_limits<int>::max());
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (getsockopt(static_cast<int>(fd), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    throw SystemError(env, errno, "SO_PEERCRED");
  }
  Napi::Object answer = Napi::Object::New(env);
  answer.Set("pid", Napi::Number::New(env, peer.pid));
  answer.Set("uid", Napi::Number::New(env, peer.uid));
  answer.Set("gid", Napi::Number::New(env, peer.gid));
  return answer;
}

}  // namespace

void ExportPrivileges(Napi::Env env, Napi::Object exports) {
  exports.Set("limitCapabilities", Napi::Function::New(env, LimitCapabilities, "limitCapabilities"));
  exports.Set("setNoNewPrivileges", Napi::Function::New(env, SetNoNewPrivileges, "setNoNewPrivileges"));
  exports.Set("execve", Napi::Function::New(env, Execve, "execve"));
  exports.Set("peerCredentials", Napi::Function::New(env, PeerCredentials, "peerCredentials"));
}

}  // namespace bpf_loader

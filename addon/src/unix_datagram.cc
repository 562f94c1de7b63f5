#include "unix_datagram.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <string>
#include <utility>

#include "arguments.h"
#include "error.h"

namespace bpf_loader {
namespace {

/// `connect` or `bind`.
using AddressCall = int (*)(int, const sockaddr*, socklen_t);

/// How systemd, ss and netstat write the NUL that an abstract name begins with.
constexpr char kAbstract = '@';

struct Address {
  sockaddr_un value;
  /// Counts: an abstract name goes as far as this says, and NULs are part of it.
  socklen_t size;
};

/// The empty path is none: to bind(2) it means "give me any abstract name".
Address AddressOf(const Napi::Value& value, const std::string& path) {
  sockaddr_un address{};
  constexpr size_t kLongest = sizeof(address.sun_path) - 1;  // NUL follows.
  if (path.empty() || path.size() > kLongest) {
    throw OutOfRange(value.Env(), "path: expected 1 to " + std::to_string(kLongest) + " bytes, got " +
                                      std::to_string(path.size()));
  }
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, kLongest);
  if (path.front() != kAbstract) return {.value = address, .size = sizeof(address)};
  address.sun_path[0] = '\0';
  return {.value = address, .size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size())};
}

UniqueFd SocketAt(const Napi::Value& value, AddressCall call, const char* call_name) {
  const Napi::Env env = value.Env();
  const std::string path = StringOf(value, "path");
  const auto [address, size] = AddressOf(value, path);
  UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) throw SystemError(env, errno, "socket", path);
  if (call(fd.Get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    throw SystemError(env, errno, call_name, path);
  }
  return fd;
}

}  // namespace

Napi::Function UnixDatagram::Define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         StaticMethod("open", &UnixDatagram::Open),
                         StaticMethod("bind", &UnixDatagram::Bind),
                         InstanceMethod("send", &UnixDatagram::Send),
                         InstanceMethod("receive", &UnixDatagram::Receive),
                         InstanceMethod("close", &UnixDatagram::Close),
                     });
}

Napi::Value UnixDatagram::Open(const Napi::CallbackInfo& info) {
  return Wrap(info.Env(), SocketAt(info[0], connect, "connect"));
}

Napi::Value UnixDatagram::Bind(const Napi::CallbackInfo& info) {
  return Wrap(info.Env(), SocketAt(info[0], bind, "bind"));
}

void UnixDatagram::Send(const Napi::CallbackInfo& info) {
  RequireOpen("send");
  const Bytes data = BytesOf(info[0], "data");
  if (send(resource_.Get(), data.data(), data.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    throw SystemError(info.Env(), errno, "send");
  }
}

Napi::Value UnixDatagram::Receive(const Napi::CallbackInfo& info) {
  RequireOpen("receive");
  const Napi::Env env = info.Env();
  // Its size first, for a datagram that does not fit is cut and the rest of it gone.
  const ssize_t size = recv(resource_.Get(), nullptr, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
  if (size < 0) {
    if (errno == EAGAIN) return env.Undefined();
    throw SystemError(env, errno, "recv");
  }
  Napi::Uint8Array data = Napi::Uint8Array::New(env, static_cast<size_t>(size));
  if (recv(resource_.Get(), data.Data(), data.ByteLength(), MSG_DONTWAIT) < 0) {
    throw SystemError(env, errno, "recv");
  }
  return data;
}

void UnixDatagram::Close(const Napi::CallbackInfo& /*info*/) {
  resource_.Reset();
}

}  // namespace bpf_loader

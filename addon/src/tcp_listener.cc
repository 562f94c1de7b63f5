#include "tcp_listener.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <limits>
#include <string>
#include <utility>

#include "arguments.h"
#include "error.h"
#include "socket_address.h"

namespace bpf_loader {
namespace {

constexpr uint32_t kMaxPort = 65'535;
constexpr uint32_t kMaxBacklog = std::numeric_limits<int>::max();  // The kernel makes of it what it allows.

SocketAddress AddressOf(const Napi::Object& options) {
  const std::string host = StringOf(options.Get("host"), "host");
  const auto port = static_cast<uint16_t>(Uint32Of(options.Get("port"), "port", 0, kMaxPort));
  const auto address = SocketAddress::Parse(host, port);
  if (!address) {
    throw OutOfRange(options.Env(), "host: expected a numeric IPv4 or IPv6 address, got '" + host + "'");
  }
  return *address;
}

void SetOption(Napi::Env env, const UniqueFd& fd, int level, int option, int value) {
  if (setsockopt(fd.Get(), level, option, &value, sizeof(value)) != 0) {
    throw SystemError(env, errno, "setsockopt");
  }
}

UniqueFd ListenAt(Napi::Env env, const SocketAddress& address, int backlog) {
  const std::string subject =
      (address.IsV6() ? "[" + address.Host() + "]" : address.Host()) + ":" + std::to_string(address.Port());
  UniqueFd fd(socket(address.Family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!fd) throw SystemError(env, errno, "socket", subject);
  SetOption(env, fd, SOL_SOCKET, SO_REUSEADDR,
            1);  // Connections of the last run, in TIME_WAIT, do not matter.
  if (address.IsV6()) SetOption(env, fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);  // Whatever net.ipv6.bindv6only says.
  if (bind(fd.Get(), address.Raw(), address.Size()) != 0) throw SystemError(env, errno, "bind", subject);
  if (listen(fd.Get(), backlog) != 0) throw SystemError(env, errno, "listen", subject);
  return fd;
}

SocketAddress LocalAddressOf(Napi::Env env, const UniqueFd& fd) {
  SocketAddress address;
  socklen_t size = SocketAddress::kRoomBytes;
  if (getsockname(fd.Get(), address.Room(), &size) != 0) throw SystemError(env, errno, "getsockname");
  return address;
}

/// The connection that has waited longest; none when none waits.
UniqueFd AcceptFrom(Napi::Env env, const UniqueFd& listener, SocketAddress& peer) {
  for (;;) {
    socklen_t size = SocketAddress::kRoomBytes;
    UniqueFd fd(accept4(listener.Get(), peer.Room(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd || errno == EAGAIN) return fd;
    // This one has taken itself back without an address; the next may be well.
    if (errno != ECONNABORTED) throw SystemError(env, errno, "accept4");
  }
}

}  // namespace

Napi::Function TcpListener::Define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         StaticMethod("listen", &TcpListener::Listen),
                         InstanceMethod("accept", &TcpListener::Accept),
                         InstanceMethod("pause", &TcpListener::Pause),
                         InstanceMethod("resume", &TcpListener::Resume),
                         InstanceMethod("ref", &TcpListener::RefLoop),
                         InstanceMethod("unref", &TcpListener::UnrefLoop),
                         InstanceMethod("close", &TcpListener::Close),
                     });
}

Napi::Value TcpListener::Listen(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Object options = ObjectOf(info[0], "options");
  const SocketAddress address = AddressOf(options);
  const uint32_t backlog = OptionalUint32(options, "backlog", kMaxBacklog, kMaxBacklog);
  if (!info[1].IsFunction()) throw InvalidType(env, "onReadable must be a function");

  ListeningSocket socket;
  socket.fd = ListenAt(env, address, static_cast<int>(backlog));
  socket.port = LocalAddressOf(env, socket.fd).Port();
  socket.on_readable =
      std::make_unique<Napi::FunctionReference>(Napi::Persistent(info[1].As<Napi::Function>()));
  return Wrap(env, std::move(socket));
}

TcpListener::TcpListener(const Napi::CallbackInfo& info) : Wrapper<TcpListener, ListeningSocket>(info) {
  const Napi::Env env = info.Env();
  info.This().As<Napi::Object>().DefineProperty(
      Napi::PropertyDescriptor::Value("port", Napi::Number::New(env, resource_.port), napi_enumerable));
  context_ = std::make_shared<Napi::AsyncContext>(env, "bpf-loader-native:TcpListener");
  poll_ = LoopPoll::Start(env, resource_.fd.Get(), this);
  Ref();
}

Napi::Value TcpListener::Accept(const Napi::CallbackInfo& info) {
  RequireOpen("accept");
  const Napi::Env env = info.Env();
  SocketAddress peer;
  UniqueFd fd = AcceptFrom(env, resource_.fd, peer);
  if (!fd) return env.Undefined();
  Napi::Object visitor = Napi::Object::New(env);
  visitor.Set("address", peer.Host());
  visitor.Set("port", Napi::Number::New(env, peer.Port()));
  visitor.Set("localAddress", LocalAddressOf(env, fd).Host());
  visitor.Set("fd", Napi::Number::New(env, fd.Get()));
  fd.Release();  // The caller's, from now on.
  return visitor;
}

void TcpListener::Pause(const Napi::CallbackInfo& /*info*/) {
  RequireOpen("pause");
  poll_->Pause();
}

void TcpListener::Resume(const Napi::CallbackInfo& info) {
  RequireOpen("resume");
  poll_->Resume(info.Env());
}

void TcpListener::RefLoop(const Napi::CallbackInfo& /*info*/) {
  RequireOpen("ref");
  poll_->Ref();
}

void TcpListener::UnrefLoop(const Napi::CallbackInfo& /*info*/) {
  RequireOpen("unref");
  poll_->Unref();
}

void TcpListener::Close(const Napi::CallbackInfo& /*info*/) {
  Shut();
}

void TcpListener::OnReadable(int /*status*/) {
  // A socket that has failed is no special case: accept() throws what is wrong with it.
  const Napi::HandleScope scope(Env());
  const Napi::Object self = Value();  // Not collected meanwhile, even if onReadable closes it.
  const LoopEvent event(self, context_);
  event.Call(resource_.on_readable->Value(), {});
}

void TcpListener::OnEnvironmentExit() {
  Shut();
}

void TcpListener::Shut() {
  if (!poll_) return;
  poll_.reset();  // Before the descriptor that it watches.
  resource_ = {};
  context_.reset();
  Unref();
}

}  // namespace bpf_loader

#pragma once

#include <cstdint>
#include <memory>

#include "fd.h"
#include "loop_event.h"
#include "loop_poll.h"
#include "wrapper.h"

namespace bpf_loader {

/// What a TcpListener is made of.
struct ListeningSocket {
  UniqueFd fd;
  uint16_t port = 0;
  std::unique_ptr<Napi::FunctionReference> on_readable;

  explicit operator bool() const { return static_cast<bool>(fd); }
};

/// A listening socket that asks accept4(2) who came. Node.js asks getpeername(2) afterwards, which knows
/// nothing of a connection that has been reset meanwhile. Open, it holds itself as the sockets of Node.js do.
class TcpListener : public Wrapper<TcpListener, ListeningSocket>, private LoopPoll::Watcher {
 public:
  static constexpr const char* kName = "TcpListener";
  static constexpr napi_type_tag kTag = {0x9c41d7b2e6503f18, 0x6fa27c85b9d4e013};
  static constexpr auto kConstructor = &AddonData::tcp_listener;

  static Napi::Function Define(Napi::Env env);

  explicit TcpListener(const Napi::CallbackInfo& info);

 private:
  static Napi::Value Listen(const Napi::CallbackInfo& info);
  Napi::Value Accept(const Napi::CallbackInfo& info);
  void Pause(const Napi::CallbackInfo& info);
  void Resume(const Napi::CallbackInfo& info);
  void RefLoop(const Napi::CallbackInfo& info);
  void UnrefLoop(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  void OnReadable(int status) override;
  void OnEnvironmentExit() override;

  void Shut();

  LoopEvent::Context context_;
  LoopPollPtr poll_;  // Null when closed.
};

}  // namespace bpf_loader

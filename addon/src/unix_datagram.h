#pragma once

#include "fd.h"
#include "wrapper.h"

namespace bpf_loader {

/// A non-blocking datagram socket of the Unix domain, which Node.js has not: for syslog's /dev/log.
class UnixDatagram : public Wrapper<UnixDatagram, UniqueFd> {
 public:
  static constexpr const char* kName = "UnixDatagram";
  static constexpr napi_type_tag kTag = {0x4b0d6e8f21c7935a, 0xd3a95f7c1e60b284};
  static constexpr auto kConstructor = &AddonData::unix_datagram;

  static Napi::Function Define(Napi::Env env);

  explicit UnixDatagram(const Napi::CallbackInfo& info) : Wrapper<UnixDatagram, UniqueFd>(info) {}

 private:
  static Napi::Value Open(const Napi::CallbackInfo& info);
  static Napi::Value Bind(const Napi::CallbackInfo& info);
  void Send(const Napi::CallbackInfo& info);
  Napi::Value Receive(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);
};

}  // namespace bpf_loader

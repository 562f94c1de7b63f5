#pragma once

#include <string>

#include "arguments.h"
#include "fd.h"
#include "wrapper.h"

namespace bpf_loader {

/// Opens a pin; refuses one that is not a `kind` (`bpf-map`, `bpf-prog`, `bpf-link`).
UniqueFd OpenPin(Napi::Env env, const std::string& path, const char* kind);

/// A descriptor of its own for what `number` stands for in this process; refuses what is not a `kind`.
UniqueFd OpenFd(Napi::Env env, int number, const char* kind);

void PinFd(Napi::Env env, int fd, const std::string& path);

/// Never invalid: throws when no descriptor is left.
UniqueFd DuplicateFd(Napi::Env env, int fd);

/// What BpfMap, BpfProgram and BpfLink have in common. `T` also gives `kFdKind`.
template <typename T>
class FdHandle : public Wrapper<T, UniqueFd> {
 public:
  static Napi::Value OpenPinned(const Napi::CallbackInfo& info) {
    return T::Wrap(info.Env(), OpenPin(info.Env(), StringOf(info[0], "path"), T::kFdKind));
  }

  void Pin(const Napi::CallbackInfo& info) {
    const std::string path = StringOf(info[0], "path");
    PinFd(info.Env(), Fd("pin"), path);
  }

  void Close(const Napi::CallbackInfo& /*info*/) { this->resource_.Reset(); }

  /// For the caller's method of that name; throws after close().
  [[nodiscard]] int Fd(const char* method) const {
    this->RequireOpen(method);
    return this->resource_.Get();
  }

 protected:
  using Wrapper<T, UniqueFd>::Wrapper;
};

}  // namespace bpf_loader

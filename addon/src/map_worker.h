#pragma once

#include <bpf/bpf.h>
#include <napi.h>

#include "fd.h"

namespace bpf_loader {

/// What takes long on a map, on a thread of libuv's pool. Made with `new`; deletes itself when it is done.
class MapWorker : public Napi::AsyncWorker {
 public:
  /// Begins, and gives the promise of the result.
  Napi::Promise Run();

 protected:
  /// `map` is the worker's own descriptor: the handle may be closed meanwhile.
  MapWorker(Napi::Env env, const char* name, UniqueFd map, const bpf_map_info& info);

  /// On the thread; an errno, or 0. Leaves the name of its last call in `syscall_`.
  virtual int Work() = 0;
  /// Back on the event loop: what the promise is resolved or rejected with.
  virtual Napi::Value Result();
  virtual Napi::Error Failure(int error);

  UniqueFd map_;
  bpf_map_info info_;
  const char* syscall_ = "";

 private:
  void Execute() final { error_ = Work(); }
  void OnOK() final;
  void OnError(const Napi::Error& error) final;

  Napi::Promise::Deferred deferred_;
  int error_ = 0;
};

}  // namespace bpf_loader

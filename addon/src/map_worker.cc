#include "map_worker.h"

#include <utility>

#include "error.h"

namespace bpf_loader {

MapWorker::MapWorker(Napi::Env env, const char* name, UniqueFd map, const bpf_map_info& info)
    : Napi::AsyncWorker(env, name),
      map_(std::move(map)),
      info_(info),
      deferred_(Napi::Promise::Deferred::New(env)) {}

Napi::Promise MapWorker::Run() {
  Queue();
  return deferred_.Promise();
}

Napi::Value MapWorker::Result() {
  return Env().Undefined();
}

Napi::Error MapWorker::Failure(int error) {
  return SystemError(Env(), error, syscall_, info_.name);
}

void MapWorker::OnOK() {
  if (error_ == 0) {
    deferred_.Resolve(Result());
  } else {
    deferred_.Reject(Failure(error_).Value());
  }
}

void MapWorker::OnError(const Napi::Error& error) {
  deferred_.Reject(error.Value());
}

}  // namespace bpf_loader

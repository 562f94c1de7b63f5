#include "loop_poll.h"

#include "error.h"

namespace bpf_loader {

LoopPollPtr LoopPoll::Start(Napi::Env env, int fd, Watcher* watcher) {
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) throw Napi::Error::New(env);
  std::unique_ptr<LoopPoll> poll(new LoopPoll(watcher));
  const int init_result = uv_poll_init(loop, &poll->poll_, fd);
  if (init_result != 0) throw SystemError(env, -init_result, "uv_poll_init");

  // From here on the memory is libuv's, and goes only by way of Close().
  LoopPollPtr open(poll.release());
  if (napi_add_async_cleanup_hook(env, OnExit, open.get(), &open->exit_hook_) != napi_ok) {
    throw Napi::Error::New(env);
  }
  open->Resume(env);
  return open;
}

void LoopPoll::Resume(Napi::Env env) {
  const int result = uv_poll_start(&poll_, UV_READABLE, OnPoll);
  if (result != 0) throw SystemError(env, -result, "uv_poll_start");
}

void LoopPoll::Close() {
  watcher_ = nullptr;
  uv_poll_stop(&poll_);  // At once, so that the descriptor may be closed before the handle is.
  uv_close(AsHandle(), OnClosed);
}

void LoopPoll::OnPoll(uv_poll_t* handle, int status, int /*events*/) {
  static_cast<LoopPoll*>(handle->data)->watcher_->OnReadable(status);
}

void LoopPoll::OnExit(napi_async_cleanup_hook_handle /*hook*/, void* data) {
  Watcher* watcher = static_cast<LoopPoll*>(data)->watcher_;
  if (watcher != nullptr) watcher->OnEnvironmentExit();  // Else it is closed, and OnClosed yet to come.
}

void LoopPoll::OnClosed(uv_handle_t* handle) {
  const std::unique_ptr<LoopPoll> self(static_cast<LoopPoll*>(handle->data));
  if (self->exit_hook_ != nullptr) napi_remove_async_cleanup_hook(self->exit_hook_);
}

}  // namespace bpf_loader

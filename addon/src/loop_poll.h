#pragma once

#include <napi.h>
#include <uv.h>

#include <memory>

namespace bpf_loader {

/// Waits on the environment's own event loop until a descriptor is readable. libuv owns its memory until the
/// loop has seen the handle closed, which is later than Close(): hold it by LoopPollPtr.
class LoopPoll {
 public:
  class Watcher {
   public:
    Watcher() = default;
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;
    virtual ~Watcher() = default;
    /// Called from the loop, outside of any JavaScript; `status` is 0 or a negative errno. Must not throw.
    virtual void OnReadable(int status) = 0;
    /// The environment ends: close the poll and let go of all that belongs to JavaScript.
    virtual void OnEnvironmentExit() = 0;
  };
  struct Closer {
    void operator()(LoopPoll* poll) const { poll->Close(); }
  };

  /// `fd` must stay open until the poll is closed.
  static std::unique_ptr<LoopPoll, Closer> Start(Napi::Env env, int fd, Watcher* watcher);

  /// Nothing is told until Resume(), and meanwhile the poll does not keep the loop going.
  void Pause() { uv_poll_stop(&poll_); }
  void Resume(Napi::Env env);

  void Ref() { uv_ref(AsHandle()); }
  void Unref() { uv_unref(AsHandle()); }

 private:
  explicit LoopPoll(Watcher* watcher) : watcher_(watcher) { poll_.data = this; }

  void Close();
  uv_handle_t* AsHandle() { return reinterpret_cast<uv_handle_t*>(&poll_); }

  static void OnPoll(uv_poll_t* handle, int status, int events);
  static void OnExit(napi_async_cleanup_hook_handle hook, void* data);
  static void OnClosed(uv_handle_t* handle);

  uv_poll_t poll_{};
  Watcher* watcher_;
  /// Asynchronous, so that the environment waits for OnClosed before its loop is taken away.
  napi_async_cleanup_hook_handle exit_hook_ = nullptr;
};

using LoopPollPtr = std::unique_ptr<LoopPoll, LoopPoll::Closer>;

}  // namespace bpf_loader

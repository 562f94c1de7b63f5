#pragma once

#include <napi.h>

#include <initializer_list>
#include <memory>

namespace bpf_loader {

/// One event of the loop as JavaScript sees it: microtasks run at its end, and what a function throws is an
/// uncaught exception. For callbacks of libuv, which come outside of any JavaScript.
class LoopEvent {
 public:
  using Context = std::shared_ptr<Napi::AsyncContext>;

  /// Keeps `context`, which the function may let go of, until the end.
  LoopEvent(const Napi::Object& self, Context context);
  ~LoopEvent();
  LoopEvent(const LoopEvent&) = delete;
  LoopEvent& operator=(const LoopEvent&) = delete;

  void Call(const Napi::Function& function, std::initializer_list<napi_value> arguments) const;

 private:
  Napi::Object self_;
  Context context_;
  napi_callback_scope scope_ =
      nullptr;  // Null in an environment that ends: nothing is called there any more.
};

}  // namespace bpf_loader

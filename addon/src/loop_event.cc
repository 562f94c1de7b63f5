#include "loop_event.h"

#include <utility>

namespace bpf_loader {

LoopEvent::LoopEvent(const Napi::Object& self, Context context) : self_(self), context_(std::move(context)) {
  if (napi_open_callback_scope(self.Env(), self, *context_, &scope_) != napi_ok) scope_ = nullptr;
}

LoopEvent::~LoopEvent() {
  if (scope_ != nullptr) napi_close_callback_scope(self_.Env(), scope_);
}

void LoopEvent::Call(const Napi::Function& function, std::initializer_list<napi_value> arguments) const {
  if (scope_ == nullptr) return;
  const Napi::Env env = self_.Env();
  const napi_status status =
      napi_call_function(env, self_, function, arguments.size(), arguments.begin(), nullptr);
  // Not by Napi::Error: a worker that is being terminated fails with no exception to wrap.
  napi_value exception = nullptr;
  if (status == napi_pending_exception && napi_get_and_clear_last_exception(env, &exception) == napi_ok) {
    napi_fatal_exception(env, exception);
  }
}

}  // namespace bpf_loader

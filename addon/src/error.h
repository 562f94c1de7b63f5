#pragma once

#include <napi.h>

#include <string>
#include <string_view>

namespace bpf_loader {

/// `error` is a positive errno. `subject` is what the call was about, e.g. a path.
Napi::Error SystemError(Napi::Env env, int error, std::string_view syscall, std::string_view subject = {},
                        std::string_view log = {});

/// For the use of a handle after its close(); `operation` is e.g. `BpfMap.get`.
Napi::Error ClosedError(Napi::Env env, const std::string& operation);

/// A call that the state of things forbids; `reason` says why, in place of the errno's own words.
Napi::Error RefusedError(Napi::Env env, int error, std::string_view syscall, const std::string& reason);

Napi::TypeError InvalidType(Napi::Env env, const std::string& message);
Napi::RangeError OutOfRange(Napi::Env env, const std::string& message);

}  // namespace bpf_loader

#include "error.h"

#include "errno_names.h"

namespace bpf_loader {
namespace {

Napi::Error Describe(Napi::Env env, const std::string& message, const std::string& code, int error,
                     std::string_view syscall, std::string_view log) {
  Napi::Error result = Napi::Error::New(env, message);
  Napi::Object object = result.Value();
  object.Set("code", code);
  object.Set("errno", Napi::Number::New(env, error == 0 ? 0 : -error));
  object.Set("syscall", Napi::String::New(env, syscall.data(), syscall.size()));
  object.Set("log", Napi::String::New(env, log.data(), log.size()));
  return result;
}

}  // namespace

Napi::Error SystemError(Napi::Env env, int error, std::string_view syscall, std::string_view subject,
                        std::string_view log) {
  const std::string code = ErrnoName(error);
  std::string message = code + ": " + ErrnoText(error) + ", " + std::string(syscall);
  if (!subject.empty()) message += " '" + std::string(subject) + "'";
  return Describe(env, message, code, error, syscall, log);
}

Napi::Error ClosedError(Napi::Env env, const std::string& operation) {
  return Describe(env, "ERR_BPF_CLOSED: " + operation + " was called after close()", "ERR_BPF_CLOSED", 0,
                  operation, {});
}

Napi::Error RefusedError(Napi::Env env, int error, std::string_view syscall, const std::string& reason) {
  const std::string code = ErrnoName(error);
  return Describe(env, code + ": " + reason + ", " + std::string(syscall), code, error, syscall, {});
}

Napi::TypeError InvalidType(Napi::Env env, const std::string& message) {
  Napi::TypeError error = Napi::TypeError::New(env, message);
  error.Value().Set("code", "ERR_INVALID_ARG_TYPE");
  return error;
}

Napi::RangeError OutOfRange(Napi::Env env, const std::string& message) {
  Napi::RangeError error = Napi::RangeError::New(env, message);
  error.Value().Set("code", "ERR_OUT_OF_RANGE");
  return error;
}

}  // namespace bpf_loader

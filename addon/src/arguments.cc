#include "arguments.h"

#include <cmath>

#include "error.h"

namespace bpf_loader {
namespace {

Napi::RangeError WrongSize(Napi::Env env, const char* what, const std::string& expected, size_t actual) {
  return OutOfRange(env, std::string(what) + ": expected " + expected + ", got " + std::to_string(actual));
}

}  // namespace

Bytes BytesOf(const Napi::Value& value, const char* what) {
  const Napi::Env env = value.Env();
  // Types that are newer than the Node-API version in use leave `type` as it was.
  napi_typedarray_type type = napi_float64_array;
  size_t length = 0;
  void* data = nullptr;
  if (value.IsTypedArray()) {
    const napi_status status = napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr);
    if (status != napi_ok) throw Napi::Error::New(env);
  }
  if (type != napi_uint8_array) throw InvalidType(env, std::string(what) + " must be a Uint8Array");
  return {static_cast<uint8_t*>(data), length};
}

Bytes BytesOf(const Napi::Value& value, const char* what, size_t size) {
  const Bytes bytes = BytesOf(value, what);
  if (bytes.size() != size) {
    throw WrongSize(value.Env(), what, std::to_string(size) + " bytes", bytes.size());
  }
  return bytes;
}

Bytes PackedBytesOf(const Napi::Value& value, const char* what, uint32_t count, size_t item_size) {
  const Bytes bytes = BytesOf(value, what);
  // Divided, not multiplied: on a machine with 32-bit sizes the product could wrap around.
  if (item_size != 0 && bytes.size() / item_size < count) {
    throw WrongSize(value.Env(), what,
                    "at least " + std::to_string(count) + " * " + std::to_string(item_size) + " bytes",
                    bytes.size());
  }
  return bytes;
}

uint32_t Uint32Of(const Napi::Value& value, const char* what, uint32_t min, uint32_t max) {
  const Napi::Env env = value.Env();
  if (!value.IsNumber()) throw InvalidType(env, std::string(what) + " must be a number");
  const double number = value.As<Napi::Number>().DoubleValue();
  // Written so that NaN fails too.
  if (!(number >= min && number <= max) || std::trunc(number) != number) {
    throw OutOfRange(env, std::string(what) + ": expected an integer from " + std::to_string(min) + " to " +
                              std::to_string(max) + ", got " + value.ToString().Utf8Value());
  }
  return static_cast<uint32_t>(number);
}

uint32_t OptionalUint32(const Napi::Object& options, const char* name, uint32_t otherwise, uint32_t max) {
  const Napi::Value value = options.Get(name);
  return value.IsUndefined() ? otherwise : Uint32Of(value, name, 0, max);
}

std::string StringOf(const Napi::Value& value, const char* what) {
  if (!value.IsString()) throw InvalidType(value.Env(), std::string(what) + " must be a string");
  std::string text = value.As<Napi::String>().Utf8Value();
  if (text.find('\0') != std::string::npos) {
    throw InvalidType(value.Env(), std::string(what) + " must not contain NUL characters");
  }
  return text;
}

Napi::Object ObjectOf(const Napi::Value& value, const char* what) {
  if (!value.IsObject()) throw InvalidType(value.Env(), std::string(what) + " must be an object");
  return value.As<Napi::Object>();
}

}  // namespace bpf_loader

#pragma once

#include <napi.h>

#include <cstdint>
#include <limits>
#include <span>
#include <string>

// Every check of what JavaScript hands in. Nothing is coerced, so none of these runs JavaScript: a pointer
// stays valid until the next call that does. Getters of an options object do; read them before any bytes.

namespace bpf_loader {

using Bytes = std::span<uint8_t>;

/// TypeError unless it is a Uint8Array. One whose buffer is detached has no bytes.
Bytes BytesOf(const Napi::Value& value, const char* what);

/// And a RangeError unless it has exactly `size` bytes.
Bytes BytesOf(const Napi::Value& value, const char* what, size_t size);

/// And a RangeError unless `count` items of `item_size` bytes fit in.
Bytes PackedBytesOf(const Napi::Value& value, const char* what, uint32_t count, size_t item_size);

/// TypeError unless it is a number, RangeError unless it is an integer from `min` to `max`.
uint32_t Uint32Of(const Napi::Value& value, const char* what, uint32_t min = 0,
                  uint32_t max = std::numeric_limits<uint32_t>::max());

/// That option, or `otherwise` when it is left out.
uint32_t OptionalUint32(const Napi::Object& options, const char* name, uint32_t otherwise, uint32_t max);

/// TypeError unless it is a string without NUL characters, which would cut it short on the way through C.
std::string StringOf(const Napi::Value& value, const char* what);

Napi::Object ObjectOf(const Napi::Value& value, const char* what);

}  // namespace bpf_loader

#pragma once

#include <bpf/libbpf.h>

#include <cstddef>
#include <optional>
#include <string>

namespace bpf_loader {

constexpr const char* kTunableSection = ".rodata";

struct TunablePlace {
  size_t offset;
  size_t size;
};

/// Where the variable lies in `.rodata`, according to the object's BTF.
std::optional<TunablePlace> FindTunable(const bpf_object* object, const std::string& name);

}  // namespace bpf_loader

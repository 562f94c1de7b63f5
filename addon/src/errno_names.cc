#include "errno_names.h"

#include <bpf/libbpf.h>

#include <array>
#include <cstring>

namespace bpf_loader {
namespace {

// The kernel's own "operation is not supported": it was never meant to reach user space, but bpf(2) returns
// it.
constexpr int kKernelNotSupported = 524;

constexpr std::array kLibbpfNames = {
    "LIBBPF_ERRNO__LIBELF",   "LIBBPF_ERRNO__FORMAT",  "LIBBPF_ERRNO__KVERSION", "LIBBPF_ERRNO__ENDIAN",
    "LIBBPF_ERRNO__INTERNAL", "LIBBPF_ERRNO__RELOC",   "LIBBPF_ERRNO__LOAD",     "LIBBPF_ERRNO__VERIFY",
    "LIBBPF_ERRNO__PROG2BIG", "LIBBPF_ERRNO__KVER",    "LIBBPF_ERRNO__PROGTYPE", "LIBBPF_ERRNO__WRNGPID",
    "LIBBPF_ERRNO__INVSEQ",   "LIBBPF_ERRNO__NLPARSE",
};
static_assert(kLibbpfNames.size() == __LIBBPF_ERRNO__END - __LIBBPF_ERRNO__START);

}  // namespace

std::string ErrnoName(int error) {
  if (error == kKernelNotSupported) return "ENOTSUPP";
  if (error >= __LIBBPF_ERRNO__START && error < __LIBBPF_ERRNO__END) {
    return kLibbpfNames.at(static_cast<size_t>(error - __LIBBPF_ERRNO__START));
  }
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : "errno " + std::to_string(error);
}

std::string ErrnoText(int error) {
  if (error == kKernelNotSupported) return "Not supported by this kernel";
  std::array<char, 256> text{};
  libbpf_strerror(error, text.data(), text.size());
  return text.data();
}

}  // namespace bpf_loader

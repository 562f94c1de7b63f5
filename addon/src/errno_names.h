#pragma once

#include <string>

namespace bpf_loader {

/// `EPERM`, `ENOTSUPP`, `LIBBPF_ERRNO__FORMAT`, … for a positive errno, or one of libbpf's own codes.
std::string ErrnoName(int error);

/// What it means, in words.
std::string ErrnoText(int error);

}  // namespace bpf_loader

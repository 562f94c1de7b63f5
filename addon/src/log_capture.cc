#include "log_capture.h"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace bpf_loader {
namespace {

// libbpf has one print function for the process, but workers load programs at the same time.
thread_local std::string* sink = nullptr;

// The verifier's log comes in one call, megabytes long: it must not go through a buffer of fixed size.
__attribute__((format(printf, 2, 0))) int Print(libbpf_print_level level, const char* format, va_list args) {
  if (level == LIBBPF_DEBUG || sink == nullptr) return 0;
  char* line = nullptr;
  const int length = vasprintf(&line, format, args);
  if (length < 0) return 0;
  const std::unique_ptr<char, decltype(&free)> owner(line, &free);
  sink->append(line, static_cast<size_t>(length));
  return length;
}

}  // namespace

LogCapture::LogCapture() : outer_(sink) {
  sink = &text_;
}

LogCapture::~LogCapture() {
  sink = outer_;
}

void InstallLogSink() {
  libbpf_set_print(Print);
}

}  // namespace bpf_loader

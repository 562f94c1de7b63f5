#pragma once

#include <string>

namespace bpf_loader {

/// Collects what libbpf prints on this thread while it lives (the innermost one, should several live).
class LogCapture {
 public:
  LogCapture();
  ~LogCapture();
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  [[nodiscard]] const std::string& Text() const { return text_; }

 private:
  std::string text_;
  std::string* outer_;
};

/// Takes libbpf's output away from stderr, for the whole process; may be called by several threads.
void InstallLogSink();

}  // namespace bpf_loader

#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace bpf_loader {

/// Owns a file descriptor.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, kNone)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      Reset();
      fd_ = std::exchange(other.fd_, kNone);
    }
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { Reset(); }

  /// A second descriptor of the same thing, not inherited by child processes; invalid when there is none
  /// left.
  static UniqueFd Duplicate(int fd) { return UniqueFd(fcntl(fd, F_DUPFD_CLOEXEC, kFirstFreeFd)); }

  [[nodiscard]] int Get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

  /// Gives the descriptor away: closing it is somebody else's business from now on.
  int Release() { return std::exchange(fd_, kNone); }

  void Reset() {
    if (fd_ >= 0) close(std::exchange(fd_, kNone));
  }

 private:
  static constexpr int kNone = -1;
  static constexpr int kFirstFreeFd = 3;  // Never one of the standard streams, should one be closed.

  int fd_ = kNone;
};

}  // namespace bpf_loader

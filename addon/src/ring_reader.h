#pragma once

#include <bpf/libbpf.h>
#include <napi.h>

#include <cstdint>
#include <memory>

#include "fd.h"

namespace bpf_loader {

/// Takes records of one size out of a ring buffer; knows nothing of event loops.
class RingReader {
 public:
  struct Batch {
    uint32_t records;  // Copied.
    uint32_t seen;     // Those and the odd ones; less than asked for when the ring was empty.
  };

  /// `map` is the reader's own descriptor.
  RingReader(Napi::Env env, UniqueFd map, uint32_t record_size);

  /// Takes at most `max` records out of the ring and copies them to `target`, which has room for as many.
  Batch Read(uint8_t* target, uint32_t max);

  /// Whether a record waits.
  [[nodiscard]] bool HasRecords() const;

  [[nodiscard]] int EpollFd() const { return ring_buffer__epoll_fd(ring_.get()); }
  [[nodiscard]] uint64_t OddRecords() const { return odd_records_; }

 private:
  struct RingDeleter {
    void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
  };

  static int OnSample(void* context, void* data, size_t size);

  // In this order: the ring must go before the descriptor that its epoll set refers to.
  UniqueFd map_;
  std::unique_ptr<ring_buffer, RingDeleter> ring_;
  uint32_t record_size_;
  uint64_t odd_records_ = 0;

  // Of the Read() that runs.
  uint8_t* target_ = nullptr;
  uint32_t left_ = 0;
  uint32_t records_ = 0;
};

}  // namespace bpf_loader

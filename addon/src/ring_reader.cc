#include "ring_reader.h"

#include <poll.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "error.h"
#include "log_capture.h"

namespace bpf_loader {

RingReader::RingReader(Napi::Env env, UniqueFd map, uint32_t record_size)
    : map_(std::move(map)), record_size_(record_size) {
  const LogCapture log;
  ring_.reset(ring_buffer__new(map_.Get(), OnSample, this, nullptr));
  if (!ring_) throw SystemError(env, errno, "ring_buffer__new", {}, log.Text());
}

RingReader::Batch RingReader::Read(uint8_t* target, uint32_t max) {
  target_ = target;
  left_ = max;
  records_ = 0;
  ring_buffer__consume(
      ring_.get());  // Returns nothing but what OnSample gave it, or how often it was called.
  return {.records = records_, .seen = max - left_};
}

bool RingReader::HasRecords() const {
  pollfd ring{.fd = EpollFd(), .events = POLLIN, .revents = 0};
  return poll(&ring, 1, 0) > 0;
}

int RingReader::OnSample(void* context, void* data, size_t size) {
  auto& self = *static_cast<RingReader*>(context);
  if (size == self.record_size_) {
    std::memcpy(self.target_ + static_cast<size_t>(self.records_) * size, data, size);
    self.records_++;
  } else {
    self.odd_records_++;
  }
  // A negative answer stops libbpf, but it has consumed the record by then: so it must be said with the last
  // record that fits, and not with the first that does not. Odd records count too, or a flood of them would
  // hold the loop.
  self.left_--;
  return self.left_ == 0 ? -ECANCELED : 0;
}

}  // namespace bpf_loader

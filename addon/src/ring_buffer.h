#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>

#include "loop_event.h"
#include "loop_poll.h"
#include "ring_reader.h"

namespace bpf_loader {

/// Open, it holds itself as a socket does: events go on when the caller has dropped all references.
class RingBuffer : public Napi::ObjectWrap<RingBuffer>, private LoopPoll::Watcher {
 public:
  static constexpr const char* kName = "RingBuffer";

  static Napi::Function Define(Napi::Env env);

  explicit RingBuffer(const Napi::CallbackInfo& info);

 private:
  Napi::Value OddRecords(const Napi::CallbackInfo& info);
  Napi::Value Drain(const Napi::CallbackInfo& info);
  Napi::Value HasRecords(const Napi::CallbackInfo& info);
  void RefLoop(const Napi::CallbackInfo& info);
  void UnrefLoop(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  void OnReadable(int status) override;
  void OnEnvironmentExit() override;

  void RequireOpen(const char* method) const;
  RingReader::Batch ReadBatch();
  void Dispatch(uint32_t count);
  void Shut();

  uint32_t record_size_ = 0;
  uint32_t max_batch_ = 0;
  /// More records than the ring can hold.
  uint32_t ring_capacity_ = 0;
  uint64_t odd_records_ = 0;
  /// True while onBatch looks at the buffer.
  bool in_batch_ = false;

  Napi::FunctionReference on_batch_;
  Napi::Reference<Napi::ArrayBuffer> buffer_;
  LoopEvent::Context context_;
  std::unique_ptr<RingReader> reader_;
  LoopPollPtr poll_;  // Null when closed.
};

}  // namespace bpf_loader

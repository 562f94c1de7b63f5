#include "ring_buffer.h"

#include <cerrno>
#include <limits>
#include <string>

#include "arguments.h"
#include "error.h"
#include "map.h"

namespace bpf_loader {
namespace {

constexpr uint64_t kMaxBufferBytes = 256U << 20;  // V8 ends the process when it cannot allocate a buffer.
constexpr uint32_t kRecordHeaderBytes = 8;        // Every record in the ring has one: BPF_RINGBUF_HDR_SZ.

}  // namespace

Napi::Function RingBuffer::Define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         InstanceAccessor("oddRecords", &RingBuffer::OddRecords, nullptr, napi_enumerable),
                         InstanceMethod("drain", &RingBuffer::Drain),
                         InstanceMethod("hasRecords", &RingBuffer::HasRecords),
                         InstanceMethod("ref", &RingBuffer::RefLoop),
                         InstanceMethod("unref", &RingBuffer::UnrefLoop),
                         InstanceMethod("close", &RingBuffer::Close),
                     });
}

RingBuffer::RingBuffer(const Napi::CallbackInfo& info) : Napi::ObjectWrap<RingBuffer>(info) {
  const Napi::Env env = info.Env();
  BpfMap& map = BpfMap::From(info[0], "map");
  const Napi::Object options = ObjectOf(info[1], "options");
  record_size_ = Uint32Of(options.Get("recordSize"), "recordSize", 1);
  max_batch_ = Uint32Of(options.Get("maxBatch"), "maxBatch", 1);
  if (!info[2].IsFunction()) throw InvalidType(env, "onBatch must be a function");
  const uint64_t size = static_cast<uint64_t>(record_size_) * max_batch_;
  if (size > kMaxBufferBytes) {
    throw OutOfRange(env, "recordSize * maxBatch: expected at most " + std::to_string(kMaxBufferBytes) +
                              " bytes, got " + std::to_string(size));
  }

  ring_capacity_ = map.Info().max_entries / kRecordHeaderBytes;
  reader_ = std::make_unique<RingReader>(env, DuplicateFd(env, map.Fd("RingBuffer")), record_size_);
  const Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, size);
  buffer_ = Napi::Persistent(buffer);
  on_batch_ = Napi::Persistent(info[2].As<Napi::Function>());
  info.This().As<Napi::Object>().DefineProperty(
      Napi::PropertyDescriptor::Value("buffer", buffer, napi_enumerable));
  context_ = std::make_shared<Napi::AsyncContext>(env, "bpf-loader-native:RingBuffer");
  poll_ = LoopPoll::Start(env, reader_->EpollFd(), this);
  Ref();
}

Napi::Value RingBuffer::OddRecords(const Napi::CallbackInfo& info) {
  const uint64_t odd = reader_ ? reader_->OddRecords() : odd_records_;
  return Napi::Number::New(info.Env(), static_cast<double>(odd));
}

Napi::Value RingBuffer::Drain(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  RequireOpen("drain");
  if (in_batch_) throw RefusedError(env, EBUSY, "RingBuffer.drain", "onBatch still reads the buffer");
  double records = 0;
  // A program that writes as fast as this reads must not keep us here: what is there now is at most one
  // ringful.
  for (uint64_t seen = 0; seen < ring_capacity_;) {
    const RingReader::Batch batch = ReadBatch();
    records += batch.records;
    seen += batch.seen;
    if (batch.records > 0) {
      in_batch_ = true;
      napi_value count = Napi::Number::New(env, batch.records);
      const napi_status status = napi_call_function(env, Value(), on_batch_.Value(), 1, &count, nullptr);
      in_batch_ = false;
      if (status != napi_ok) throw Napi::Error::New(env);
    }
    if (!poll_ || batch.seen < max_batch_) break;
  }
  return Napi::Number::New(env, records);
}

Napi::Value RingBuffer::HasRecords(const Napi::CallbackInfo& info) {
  RequireOpen("hasRecords");
  return Napi::Boolean::New(info.Env(), reader_->HasRecords());
}

void RingBuffer::RefLoop(const Napi::CallbackInfo& /*info*/) {
  RequireOpen("ref");
  poll_->Ref();
}

void RingBuffer::UnrefLoop(const Napi::CallbackInfo& /*info*/) {
  RequireOpen("unref");
  poll_->Unref();
}

void RingBuffer::Close(const Napi::CallbackInfo& /*info*/) {
  Shut();
}

void RingBuffer::OnReadable(int status) {
  const Napi::Env env = Env();
  const Napi::HandleScope scope(env);
  [[maybe_unused]] const Napi::Object self = Value();  // Not collected meanwhile, even if onBatch closes it.
  try {
    if (status < 0) {
      Shut();  // Else libuv would report the same again and again.
      throw SystemError(env, -status, "uv_poll_start");
    }
    const RingReader::Batch batch = ReadBatch();
    if (batch.records > 0) Dispatch(batch.records);
  } catch (const Napi::Error& error) {
    napi_fatal_exception(env, error.Value());
  }
}

void RingBuffer::OnEnvironmentExit() {
  Shut();
}

void RingBuffer::RequireOpen(const char* method) const {
  if (!poll_) throw ClosedError(Env(), std::string(kName) + "." + method);
}

RingReader::Batch RingBuffer::ReadBatch() {
  // Asked for each time: ArrayBuffer.prototype.transfer() may have taken the memory away.
  Napi::ArrayBuffer buffer = buffer_.Value();
  if (buffer.IsDetached()) {
    Shut();
    throw RefusedError(Env(), EFAULT, "RingBuffer", "the buffer was detached; the ring is closed now");
  }
  return reader_->Read(static_cast<uint8_t*>(buffer.Data()), max_batch_);
}

void RingBuffer::Dispatch(uint32_t count) {
  const LoopEvent event(Value(), context_);
  in_batch_ = true;
  event.Call(on_batch_.Value(), {Napi::Number::New(Env(), count)});
  in_batch_ = false;  // Microtasks come after it, and may drain().
}

void RingBuffer::Shut() {
  if (!poll_) return;
  poll_.reset();  // Before the descriptor that it watches.
  odd_records_ = reader_->OddRecords();
  reader_.reset();
  on_batch_.Reset();
  buffer_.Reset();
  context_.reset();
  Unref();
}

}  // namespace bpf_loader

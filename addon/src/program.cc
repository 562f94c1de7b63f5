#include "program.h"

#include <bpf/bpf.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <memory>
#include <string>

#include "log_capture.h"
#include "map.h"

namespace bpf_loader {
namespace {

constexpr uint32_t kBytesPerInstruction = 8;

/// The kernel tells a missing buffer from an empty one.
const void* DataOrNull(const Bytes& bytes) {
  return bytes.empty() ? nullptr : bytes.data();
}

/// Whether somebody would find something to read there; of a ring buffer map: a record.
bool IsReadable(int fd) {
  pollfd asked{.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&asked, 1, 0) > 0 && (asked.revents & POLLIN) != 0;
}

}  // namespace

Napi::Function BpfProgram::Define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         StaticMethod("openPinned", &BpfProgram::OpenPinned),
                         InstanceMethod("testRun", &BpfProgram::TestRun),
                         InstanceMethod("testRunEach", &BpfProgram::TestRunEach),
                         InstanceMethod("pin", &BpfProgram::Pin),
                         InstanceMethod("close", &BpfProgram::Close),
                     });
}

BpfProgram::BpfProgram(const Napi::CallbackInfo& info) : FdHandle<BpfProgram>(info) {
  const Napi::Env env = info.Env();
  bpf_prog_info about{};
  uint32_t size = sizeof(about);
  if (bpf_obj_get_info_by_fd(resource_.Get(), &about, &size) != 0) {
    throw SystemError(env, errno, "BPF_OBJ_GET_INFO_BY_FD");
  }
  const uint32_t instructions = about.xlated_prog_len / kBytesPerInstruction;
  Napi::Object stats = Napi::Object::New(env);
  stats.Set("instructions", Napi::Number::New(env, instructions));
  stats.Set("verifiedInstructions", Napi::Number::New(env, about.verified_insns));
  stats.Freeze();
  info.This().As<Napi::Object>().DefineProperties({
      Napi::PropertyDescriptor::Value("name", Napi::String::New(env, about.name), napi_enumerable),
      Napi::PropertyDescriptor::Value("id", Napi::Number::New(env, about.id), napi_enumerable),
      Napi::PropertyDescriptor::Value("stats", stats, napi_enumerable),
  });
}

Napi::Value BpfProgram::TestRun(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Object options = ObjectOf(info[0], "options");
  const Napi::Value data_value = options.Get("data");
  const Napi::Value context_value = options.Get("context");
  bpf_test_run_opts run{};
  run.sz = sizeof(run);
  run.repeat = static_cast<int>(OptionalUint32(options, "repeat", 1, std::numeric_limits<int>::max()));
  run.flags = OptionalUint32(options, "flags", 0, std::numeric_limits<uint32_t>::max());
  run.batch_size = OptionalUint32(options, "batchSize", 0, std::numeric_limits<uint32_t>::max());
  // The last getter has run: from here on the bytes stay where they are.
  const Bytes data = BytesOf(data_value, "data");
  const Bytes context = context_value.IsUndefined() ? Bytes() : BytesOf(context_value, "context");
  const int fd = Fd("testRun");

  // A program can lengthen the packet by what lies before and behind it in the packet's pages. There is no
  // second attempt with a larger buffer, for that would run the program twice.
  const size_t capacity = data.size() + static_cast<size_t>(sysconf(_SC_PAGESIZE));
  if (capacity > std::numeric_limits<uint32_t>::max() ||
      context.size() > std::numeric_limits<uint32_t>::max()) {
    throw OutOfRange(env, "data: " + std::to_string(data.size()) + " bytes are no packet");
  }
  run.data_in = DataOrNull(data);
  run.data_size_in = static_cast<uint32_t>(data.size());
  run.ctx_in = DataOrNull(context);
  run.ctx_size_in = static_cast<uint32_t>(context.size());
  std::unique_ptr<uint8_t[]> out;
  if ((run.flags & BPF_F_TEST_XDP_LIVE_FRAMES) == 0) {
    out = std::make_unique_for_overwrite<uint8_t[]>(capacity);
    run.data_out = out.get();
    run.data_size_out = static_cast<uint32_t>(capacity);
  }
  if (bpf_prog_test_run_opts(fd, &run) != 0) throw SystemError(env, errno, "BPF_PROG_TEST_RUN");

  const size_t size_out = out ? std::min<size_t>(run.data_size_out, capacity) : 0;
  Napi::Uint8Array data_out = Napi::Uint8Array::New(env, size_out);
  std::copy_n(out.get(), size_out, data_out.Data());
  Napi::Object result = Napi::Object::New(env);
  result.Set("verdict", Napi::Number::New(env, run.retval));
  result.Set("data", data_out);
  result.Set("durationNs", Napi::Number::New(env, run.duration));
  return result;
}

Napi::Value BpfProgram::TestRunEach(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Object options = ObjectOf(info[0], "options");
  const Napi::Value data_value = options.Get("data");
  const Napi::Value ends_value = options.Get("ends");
  const Napi::Value notes_value = options.Get("notes");
  const Napi::Value place_value = options.Get("place");
  const Napi::Value verdicts_value = options.Get("verdicts");
  const Napi::Value until_value = options.Get("until");
  const uint32_t count = Uint32Of(options.Get("count"), "count", 0, std::numeric_limits<int32_t>::max());
  const uint32_t first = OptionalUint32(options, "first", 0, count);
  // The last getter has run: from here on the bytes stay where they are.
  const Bytes data = BytesOf(data_value, "data");
  const Bytes ends = PackedBytesOf(ends_value, "ends", count, sizeof(uint32_t));
  const Bytes place = place_value.IsUndefined() ? Bytes() : BytesOf(place_value, "place");
  const Bytes notes =
      notes_value.IsUndefined() ? Bytes() : PackedBytesOf(notes_value, "notes", count, place.size());
  const Bytes verdicts =
      verdicts_value.IsUndefined() ? Bytes() : PackedBytesOf(verdicts_value, "verdicts", count, 1);
  const int until = until_value.IsUndefined() ? -1 : BpfMap::From(until_value, "until").Fd("testRunEach");
  const int fd = Fd("testRunEach");

  uint32_t start = 0;
  for (uint32_t index = 0; index < count; index++) {
    uint32_t end = 0;
    std::memcpy(&end, ends.data() + index * sizeof(end), sizeof(end));
    if (end < start || end > data.size()) {
      throw OutOfRange(env, "ends: packet " + std::to_string(index) + " goes from byte " +
                                std::to_string(start) + " to " + std::to_string(end) + " of " +
                                std::to_string(data.size()));
    }
    if (index >= first) {
      if (!notes.empty()) std::copy_n(notes.data() + index * place.size(), place.size(), place.data());
      bpf_test_run_opts run{};
      run.sz = sizeof(run);
      run.repeat = 1;
      run.data_in = DataOrNull(data.subspan(start, end - start));
      run.data_size_in = end - start;
      if (bpf_prog_test_run_opts(fd, &run) != 0) {
        throw SystemError(env, errno, "BPF_PROG_TEST_RUN", "packet " + std::to_string(index));
      }
      if (!verdicts.empty()) verdicts[index] = static_cast<uint8_t>(run.retval);
      if (until >= 0 && IsReadable(until)) return Napi::Number::New(env, index + 1);
    }
    start = end;
  }
  return Napi::Number::New(env, count);
}

}  // namespace bpf_loader

#pragma once

#include <napi.h>

#include <string>
#include <utility>

#include "addon_data.h"
#include "error.h"

namespace bpf_loader {

/// A JavaScript object around a resource that only this addon can hand in: the class has no public
/// constructor. `T` gives `kName`, `kTag` (its own random type tag) and `kConstructor` (its member of
/// AddonData).
template <typename T, typename Resource>
class Wrapper : public Napi::ObjectWrap<T> {
 public:
  static Napi::Object Wrap(Napi::Env env, Resource resource) {
    AddonData& data = AddonData::Of(env);
    const Planted planted(data, {&T::kTag, &resource});
    return (data.*T::kConstructor).New({});
  }

  /// The tag and not the prototype says what an object is: after setPrototypeOf() that would be a wrong
  /// pointer.
  static T& From(const Napi::Value& value, const char* what) {
    if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&T::kTag)) {
      throw InvalidType(value.Env(), std::string(what) + " must be a " + T::kName);
    }
    return *T::Unwrap(value.As<Napi::Object>());
  }

 protected:
  explicit Wrapper(const Napi::CallbackInfo& info) : Napi::ObjectWrap<T>(info) {
    // Whoever calls `new` in JavaScript brings no seed.
    const AddonData::Seed seed = std::exchange(AddonData::Of(info.Env()).seed, {});
    if (seed.tag != &T::kTag)
      throw InvalidType(info.Env(), std::string(T::kName) + " has no public constructor");
    resource_ = std::move(*static_cast<Resource*>(seed.resource));
    info.This().As<Napi::Object>().TypeTag(&T::kTag);
  }

  /// Throws after close().
  void RequireOpen(const char* method) const {
    if (!resource_) throw ClosedError(this->Env(), std::string(T::kName) + "." + method);
  }

  Resource resource_;

 private:
  /// Takes the seed back even if no constructor ran, e.g. for want of stack: it points into Wrap()'s frame.
  class Planted {
   public:
    Planted(AddonData& data, AddonData::Seed seed) : data_(data) { data_.seed = seed; }
    ~Planted() { data_.seed = {}; }
    Planted(const Planted&) = delete;
    Planted& operator=(const Planted&) = delete;

   private:
    AddonData& data_;
  };
};

}  // namespace bpf_loader

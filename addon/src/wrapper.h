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
    data.seed = {&T::kTag, &resource};
    return (data.*T::kConstructor).New({});
  }

  /// The tag and not the prototype says what an object is: setPrototypeOf() must not let us read a wrong
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
};

}  // namespace bpf_loader

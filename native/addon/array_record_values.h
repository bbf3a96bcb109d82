// How findings of ArrayRecord cross to JavaScript.
#ifndef BOWERBIRD_ADDON_ARRAY_RECORD_VALUES_H_
#define BOWERBIRD_ADDON_ARRAY_RECORD_VALUES_H_

#include "addon/values.h"
#include "core/records/riegeli.h"

namespace bowerbird::addon {

// { fault, offset, a, b }
inline Napi::Object FindingObject(Napi::Env env, const riegeli::Finding& f) {
  const Napi::Object o = Napi::Object::New(env);
  o.Set("fault", Napi::Number::New(env, static_cast<int>(f.fault)));
  o.Set("offset", Count(env, f.offset));
  o.Set("a", Count(env, f.a));
  o.Set("b", Count(env, f.b));
  return o;
}

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_ARRAY_RECORD_VALUES_H_

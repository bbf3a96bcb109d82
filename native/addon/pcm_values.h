// How the layout of samples crosses from JavaScript: one number.
#ifndef BOWERBIRD_ADDON_PCM_VALUES_H_
#define BOWERBIRD_ADDON_PCM_VALUES_H_

#include "addon/addon.h"
#include "core/sound/pcm.h"

namespace bowerbird::addon {

// kind + 8 * bytes + 128 * bigEndian, as src/formats/audio/pcm.ts packs it. False for what core/sound/pcm.h does not know.
inline bool ReadLayout(const Napi::Value& value, pcm::Layout& layout) {
  if (!value.IsNumber()) return false;
  const uint32_t code = value.As<Napi::Number>().Uint32Value();
  if (code > 255) return false;
  layout = {.kind = static_cast<pcm::Kind>(code & 7), .bytes = static_cast<uint8_t>(code >> 3 & 15), .big_endian = (code & 128) != 0};
  return pcm::IsKnown(layout);
}

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_PCM_VALUES_H_

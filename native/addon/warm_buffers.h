// Memory that passes of one thread hand on to each other: fresh pages are slow to touch.
#ifndef BOWERBIRD_ADDON_WARM_BUFFERS_H_
#define BOWERBIRD_ADDON_WARM_BUFFERS_H_

#include "os/page_buffer.h"

namespace bowerbird::addon {

struct WarmBuffers {
  os::PageBuffer input, rows, json;
};

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_WARM_BUFFERS_H_

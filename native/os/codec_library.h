// Zstandard and Brotli for the cores: from this very process, since Node carries both, or else from the system's libraries.
#ifndef BOWERBIRD_OS_CODEC_LIBRARY_H_
#define BOWERBIRD_OS_CODEC_LIBRARY_H_

#include "core/records/codecs.h"

namespace bowerbird::os {

// Looked for once. Safe from any thread.
const Codecs& CodecLibrary();

// Where Zstandard was found: "node", "system" or "none"; and Brotli.
const char* ZstdOrigin();
const char* BrotliOrigin();

}  // namespace bowerbird::os

#endif  // BOWERBIRD_OS_CODEC_LIBRARY_H_

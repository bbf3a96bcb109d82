// The search for the next intact frame, as the decoder continues it from window to window.
#ifndef BOWERBIRD_CORE_FLAC_SEARCH_H_
#define BOWERBIRD_CORE_FLAC_SEARCH_H_

#include "core/flac/flac.h"

namespace bowerbird::flac {

struct Search {
  std::optional<FoundFrame> frame;
  uint64_t at = 0;  // of the window: the frame, or where to look again when more is there; nothing begins before it
};
// As FindFrame(), but a candidate that the window cuts off is not given up unless `last`. `debt` bounds the work over all calls.
Search FindProven(Bytes window, uint64_t from, bool last, const StreamInfo& info, ReferenceDecoder& decoder, uint64_t* debt);

}  // namespace bowerbird::flac

#endif  // BOWERBIRD_CORE_FLAC_SEARCH_H_

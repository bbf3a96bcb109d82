// Deals messages to the lanes of a packet loop: a lane that is through with one takes the next.
#include <algorithm>

#include "core/hash/highway.h"

namespace bowerbird::highway {

struct BatchHasher::Lane {
  Hasher hasher;
  size_t message = 0;
  size_t piece = 0;  // that comes next
  size_t end = 0;
  Bytes rest = {};  // of the piece before it; the hasher holds no part of a packet when this has a whole one
};

// Brings whole packets into lane.rest. False when there is no message left.
bool BatchHasher::Refill(Lane& lane) {
  while (lane.rest.size() < kPacketSize) {
    lane.hasher.Update(lane.rest);
    while (lane.piece == lane.end) {
      if (lane.message != begins_.size()) hashes_[lane.message] = lane.hasher.Finish();
      lane.message = next_;
      lane.rest = {};
      if (next_ == begins_.size()) return false;
      ++next_;
      lane.hasher = Hasher(key_, implementation_);
      lane.piece = begins_[lane.message];
      lane.end = next_ == begins_.size() ? pieces_.size() : begins_[next_];
    }
    lane.rest = pieces_[lane.piece++];
    if (lane.hasher.rest_size_ == 0) continue;
    const size_t filling = std::min(kPacketSize - lane.hasher.rest_size_, lane.rest.size());
    lane.hasher.Update(lane.rest.first(filling));
    lane.rest = lane.rest.subspan(filling);
  }
  return true;
}

std::span<const uint64_t> BatchHasher::Finish() {
  const size_t messages = begins_.size();
  hashes_.resize(messages);
  next_ = 0;
  const Lane fresh{.hasher = Hasher(key_, implementation_), .message = messages};
  std::array<Lane, kLanes> lanes = {fresh, fresh, fresh, fresh};
  size_t busy = 0;
  for (Lane& lane : lanes) busy += Refill(lane);

  while (busy > 1) {
    // A lane without a message walks along with one that has, into a state that nobody asks for.
    const auto shortest = std::min_element(lanes.begin(), lanes.begin() + busy,
                                           [](const Lane& a, const Lane& b) { return a.rest.size() < b.rest.size(); });
    const size_t count = shortest->rest.size() / kPacketSize;
    State* states[kLanes];
    const uint8_t* packets[kLanes];
    for (size_t i = 0; i < kLanes; ++i) {
      states[i] = &lanes[i].hasher.state_;
      packets[i] = lanes[i < busy ? i : 0].rest.data();
    }
    implementation_.absorb_lanes(states, packets, count);
    for (size_t i = 0; i < busy; ++i) lanes[i].rest = lanes[i].rest.subspan(count * kPacketSize);
    // Busy lanes stand before idle ones.
    for (size_t i = 0; i < busy;) {
      if (Refill(lanes[i])) ++i;
      else std::swap(lanes[i], lanes[--busy]);
    }
  }
  // The last message has the machine to itself.
  if (busy == 1) {
    Lane& lane = lanes[0];
    lane.hasher.Update(lane.rest);
    while (lane.piece != lane.end) lane.hasher.Update(pieces_[lane.piece++]);
    hashes_[lane.message] = lane.hasher.Finish();
  }
  pieces_.clear();
  begins_.clear();
  return hashes_;
}

}  // namespace bowerbird::highway

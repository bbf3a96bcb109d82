// The bodies that highway.cc chooses from. One that does not exist for this architecture is never defined nor called.
#ifndef BOWERBIRD_CORE_HASH_HIGHWAY_TIERS_H_
#define BOWERBIRD_CORE_HASH_HIGHWAY_TIERS_H_

#include "core/hash/highway.h"

namespace bowerbird::highway {

void AbsorbPortable(State& state, const uint8_t* packets, size_t count);
void AbsorbAvx2(State& state, const uint8_t* packets, size_t count);  // REQUIRES: AVX2
void AbsorbNeon(State& state, const uint8_t* packets, size_t count);  // any 64-bit ARM

using LaneStates = State* const[kLanes];
using LanePackets = const uint8_t* const[kLanes];
void AbsorbLanesPortable(LaneStates states, LanePackets packets, size_t count);
void AbsorbLanesAvx2(LaneStates states, LanePackets packets, size_t count);    // REQUIRES: AVX2
void AbsorbLanesAvx512(LaneStates states, LanePackets packets, size_t count);  // REQUIRES: AVX-512 F, BW
void AbsorbLanesNeon(LaneStates states, LanePackets packets, size_t count);

}  // namespace bowerbird::highway

#endif  // BOWERBIRD_CORE_HASH_HIGHWAY_TIERS_H_

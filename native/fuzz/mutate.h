// Mutators that know how the formats guard their content: protobuf's nested lengths, TFRecord's checksums.
#ifndef BOWERBIRD_FUZZ_MUTATE_H_
#define BOWERBIRD_FUZZ_MUTATE_H_

#include "fuzz/fuzz.h"

namespace bowerbird::fuzz {

// Changes one field somewhere in the tree of messages; the lengths around it are written anew.
std::string MutateMessage(const std::string& message, size_t limit, Random& random, ByteMutator bytes);

// A few bytes of Choices, then a message, or a file of records whose checksums mostly hold afterwards. `kChoices` bytes go before.
inline constexpr size_t kChoices = 8;
std::string MutateChoicesAndMessage(const std::string& input, size_t limit, Random& random, ByteMutator bytes);
std::string MutateChoicesAndRecords(const std::string& input, size_t limit, Random& random, ByteMutator bytes);

// Plain changes for engines that bring none of their own.
std::string MutateBytes(const std::string& bytes, size_t limit, Random& random);

}  // namespace bowerbird::fuzz

#endif  // BOWERBIRD_FUZZ_MUTATE_H_

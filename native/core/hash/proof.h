// A proof that two sequences of records are the same, whatever files they are cut into: a hash of every record, rolled into one number.
//
// Each record becomes a term modulo P = 2^127 - 1, its HighwayHash-128 under a key that holds its length. The proof of t1 ... tn is
// t1 B^(n-1) + t2 B^(n-2) + ... + tn, so the proof of two sequences in a row is a B^(records of b) + b: shards are hashed side by side and
// joined afterwards. The powers of B meet every number but 0 before they repeat, hence records that change places, also far from each
// other, change the proof. Two different sequences agree by accident with a chance of 2^-127. The key is public: a proof finds mistakes
// and not forgeries.
#ifndef BOWERBIRD_CORE_HASH_PROOF_H_
#define BOWERBIRD_CORE_HASH_PROOF_H_

#include <cstdint>
#include <string>

#include "core/base/bytes.h"
#include "core/hash/highway.h"

namespace bowerbird {

// A number below 2^127 - 1.
struct Residue127 {
  uint64_t high = 0;
  uint64_t low = 0;

  friend bool operator==(const Residue127&, const Residue127&) = default;
};

Residue127 Reduce127(uint64_t high, uint64_t low);
Residue127 Add127(Residue127 a, Residue127 b);
Residue127 Multiply127(Residue127 a, Residue127 b);

class Proof {
 public:
  void Add(Bytes record);
  // A record that comes in pieces, which Hasher(size) has seen all of.
  static highway::Hasher Hasher(uint64_t size);
  void Add(highway::Hasher record);

  // 0 before the first record.
  Residue127 value() const { return value_; }
  // 32 digits.
  std::string Hex() const;

 private:
  Residue127 value_;
};

}  // namespace bowerbird

#endif  // BOWERBIRD_CORE_HASH_PROOF_H_

// Elementary functions for tables: sums, products, quotients and roots of IEEE doubles and nothing else, so that every machine and every C
// library gives the same bits. Those of C libraries are not rounded correctly everywhere, and may differ between versions and processors.
//
// They work with pairs of doubles (Dekker 1971, "A floating-point technique for extending the available precision") to about 100 bits and round once
// at the end: correct but for arguments that lie within 2^-40 of the middle between two doubles. Slow: microseconds a call.
#ifndef BOWERBIRD_CORE_FEATURES_PRECISE_H_
#define BOWERBIRD_CORE_FEATURES_PRECISE_H_

#include <cstdint>

namespace bowerbird::features {

struct Direction {
  double cos, sin;
};

// Of the angle 2 * pi * k / n. REQUIRES: 0 < n < 2^50.
Direction TurnBy(uint64_t k, uint64_t n);

// Natural logarithm. REQUIRES: x is finite and normal, x > 0.
double Log(double x);
// REQUIRES: |x| < 700.
double Exp(double x);
// x to the power y. REQUIRES: x is 0 and y > 0, or as of Log() and Exp().
double Power(double x, double y);

}  // namespace bowerbird::features

#endif  // BOWERBIRD_CORE_FEATURES_PRECISE_H_

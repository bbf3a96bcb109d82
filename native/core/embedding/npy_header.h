// The head of a .npy file, format 1.0, byte for byte what numpy.save writes.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#ifndef BOWERBIRD_CORE_EMBEDDING_NPY_HEADER_H_
#define BOWERBIRD_CORE_EMBEDDING_NPY_HEADER_H_

#include <cstdint>
#include <string>

namespace bowerbird {

// Any two-dimensional header of a float type takes this much, whatever the numbers: NumPy pads to a multiple of 64.
inline constexpr uint64_t kNpyHeaderSize = 128;

// "<f4" or "<f2" for `descr`.
inline std::string NpyHeader(const char* descr, uint64_t rows, uint64_t width) {
  std::string text = std::string("{'descr': '") + descr + "', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " +
                     std::to_string(width) + "), }";
  constexpr uint64_t kPreamble = 10;  // magic, version, uint16 length
  text.resize(kNpyHeaderSize - kPreamble - 1, ' ');
  text += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(text.size() & 255);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

}  // namespace bowerbird

#endif  // BOWERBIRD_CORE_EMBEDDING_NPY_HEADER_H_

#ifndef ACTA_CCRC32C_H
#define ACTA_CCRC32C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli) of `count` bytes that follow bytes whose CRC is `crc`; 0 to begin with.
/// The CRC of a‖b is `acta_crc32c(acta_crc32c(0, a, …), b, …)`.
uint32_t acta_crc32c(uint32_t crc, const void *bytes, size_t count);

/// The CRC of a message whose CRC is `crc` once `count` of its bytes have been changed: `difference` is
/// their exclusive or before and after, and `following` bytes come behind them. Reads none of the rest.
uint32_t acta_crc32c_changed(uint32_t crc, const void *difference, size_t count, size_t following);

/// `acta_crc32c` without the processor's CRC instruction, for comparison in tests.
uint32_t acta_crc32c_portable(uint32_t crc, const void *bytes, size_t count);

/// Whether `acta_crc32c` uses the processor's CRC instruction.
bool acta_crc32c_is_accelerated(void);

#endif

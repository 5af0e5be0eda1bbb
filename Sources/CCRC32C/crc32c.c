// CRC-32C: polynomial 0x1EDC6F41, bits reflected (0x82F63B78), initial value and final xor of ones.
//
// The CRC instruction takes three cycles but a new one can start each cycle, so blocks are cut into
// three lanes whose instructions interleave. Lanes are joined by linearity: the CRC register after
// a‖b from state s is (s after a, moved on by |b| zero bytes) xor (0 after b). Moving a register on
// by one lane of zero bytes is a linear map; it is kept as four tables, one for each of its bytes.

#include "ccrc32c.h"

#include <string.h>

#define POLYNOMIAL 0x82F63B78u
#define LANE 1024

/// slices[k][b]: the register after byte b and then k zero bytes.
static uint32_t slices[8][256];
/// lane_shift[k][b]: byte k of a register, with value b, after LANE zero bytes.
static uint32_t lane_shift[4][256];
/// square_powers[k]: x to the power of 2 to the k, as a polynomial in a register.
static uint32_t square_powers[8 * sizeof(size_t) + 3];
static bool accelerated;

static uint32_t after_zeros(uint32_t state, size_t count) {
  while (count--) state = (state >> 8) ^ slices[0][state & 0xff];
  return state;
}

/// The product of two registers as polynomials; the highest power is the lowest bit.
static uint32_t multiply(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (uint32_t bit = 1u << 31; bit; bit >>= 1) {
    if (a & bit) product ^= b;
    b = (b >> 1) ^ (b & 1 ? POLYNOMIAL : 0);
  }
  return product;
}

static void make_tables(void) {
  square_powers[0] = 1u << 30;
  for (size_t k = 1; k < sizeof square_powers / sizeof *square_powers; k++) {
    square_powers[k] = multiply(square_powers[k - 1], square_powers[k - 1]);
  }
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t state = byte;
    for (int bit = 0; bit < 8; bit++) state = (state >> 1) ^ (state & 1 ? POLYNOMIAL : 0);
    slices[0][byte] = state;
  }
  for (int k = 1; k < 8; k++) {
    for (uint32_t byte = 0; byte < 256; byte++) {
      slices[k][byte] = after_zeros(slices[k - 1][byte], 1);
    }
  }
  for (int k = 0; k < 4; k++) {
    // The map is linear: work it out for single bits and combine those.
    for (int bit = 0; bit < 8; bit++) {
      lane_shift[k][1 << bit] = after_zeros(1u << (8 * k + bit), LANE);
    }
    for (uint32_t byte = 1; byte < 256; byte++) {
      uint32_t lowest = byte & -byte;
      lane_shift[k][byte] = lane_shift[k][lowest] ^ lane_shift[k][byte ^ lowest];
    }
  }
}

static uint32_t portable_update(uint32_t state, const uint8_t *p, size_t count) {
  for (; count >= 8; p += 8, count -= 8) {
    state ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    state = slices[7][state & 0xff] ^ slices[6][state >> 8 & 0xff] ^
            slices[5][state >> 16 & 0xff] ^ slices[4][state >> 24] ^ slices[3][p[4]] ^
            slices[2][p[5]] ^ slices[1][p[6]] ^ slices[0][p[7]];
  }
  for (; count; p++, count--) state = (state >> 8) ^ slices[0][(state ^ *p) & 0xff];
  return state;
}

#if defined(__x86_64__)

#define HARDWARE __attribute__((target("sse4.2")))
#define CRC_8(state, word) __builtin_ia32_crc32di((state), (word))
#define CRC_1(state, byte) __builtin_ia32_crc32qi((state), (byte))

static bool detect(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("sse4.2");
}

#elif defined(__aarch64__) && defined(__linux__)

#include <sys/auxv.h>

#define HARDWARE __attribute__((target("crc")))
#define CRC_8(state, word) __builtin_arm_crc32cd((uint32_t)(state), (word))
#define CRC_1(state, byte) __builtin_arm_crc32cb((state), (byte))

/// HWCAP_CRC32 of Linux's <asm/hwcap.h>.
static bool detect(void) { return getauxval(AT_HWCAP) & 1 << 7; }

#endif

#if defined(HARDWARE)

static uint32_t shift_lane(uint32_t state) {
  return lane_shift[0][state & 0xff] ^ lane_shift[1][state >> 8 & 0xff] ^
         lane_shift[2][state >> 16 & 0xff] ^ lane_shift[3][state >> 24];
}

static inline uint64_t load(const uint8_t *p) {
  uint64_t word;
  memcpy(&word, p, sizeof word);
  return word;
}

HARDWARE static uint32_t hardware_update(uint32_t state, const uint8_t *p, size_t count) {
  for (; count >= 3 * LANE; p += 3 * LANE, count -= 3 * LANE) {
    uint64_t a = state, b = 0, c = 0;
    for (size_t i = 0; i < LANE; i += 8) {
      a = CRC_8(a, load(p + i));
      b = CRC_8(b, load(p + LANE + i));
      c = CRC_8(c, load(p + 2 * LANE + i));
    }
    state = shift_lane((uint32_t)a) ^ (uint32_t)b;
    state = shift_lane(state) ^ (uint32_t)c;
  }
  uint64_t wide = state;
  for (; count >= 8; p += 8, count -= 8) wide = CRC_8(wide, load(p));
  state = (uint32_t)wide;
  for (; count; p++, count--) state = CRC_1(state, *p);
  return state;
}

#else

static bool detect(void) { return false; }

static uint32_t hardware_update(uint32_t state, const uint8_t *p, size_t count) {
  return portable_update(state, p, count);
}

#endif

// Before main and on one thread, so that what follows only reads.
__attribute__((constructor)) static void prepare(void) {
  make_tables();
  accelerated = detect();
}

uint32_t acta_crc32c(uint32_t crc, const void *bytes, size_t count) {
  return ~(accelerated ? hardware_update : portable_update)(~crc, bytes, count);
}

// By linearity the CRCs of two messages differ by the register that their difference leaves when it
// begins at 0. A zero byte behind it multiplies that by x to the 8.
uint32_t acta_crc32c_changed(uint32_t crc, const void *difference, size_t count, size_t following) {
  uint32_t state = (accelerated ? hardware_update : portable_update)(0, difference, count);
  for (size_t k = 3; following; k++, following >>= 1) {
    if (following & 1) state = multiply(square_powers[k], state);
  }
  return crc ^ state;
}

uint32_t acta_crc32c_portable(uint32_t crc, const void *bytes, size_t count) {
  return ~portable_update(~crc, bytes, count);
}

bool acta_crc32c_is_accelerated(void) { return accelerated; }

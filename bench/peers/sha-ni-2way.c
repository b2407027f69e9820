/* The limit: sha256 with the processor's SHA instructions, two candidates interleaved in one loop.
 *
 *   cc -O3 -msha -mssse3 -msse4.1 -o sha-ni-2way sha-ni-2way.c && ./sha-ni-2way SECONDS [COUNT]
 *
 * Tries candidates of 32 bytes, all 5 but for their last word, which counts. Prints how many it tried a second; with
 * COUNT instead how many of the first COUNT candidates begin with two zero hex digits, to see that it does compute
 * sha256. */
#include <immintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const uint32_t K[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* The state as the instructions want it: a, b, e, f and c, d, g, h. */
#define ABEF _mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f, (int)0x9b05688c)
#define CDGH _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab, 0x5be0cd19)

/* First words of the digests of candidates `index` and `index` + 1. */
static inline void hash_two(uint32_t index, uint32_t first[2]) {
  __m128i w[2][4], abef[2], cdgh[2];
  for (int lane = 0; lane < 2; lane++) {
    w[lane][0] = _mm_set1_epi32(0x05050505);
    w[lane][1] = _mm_insert_epi32(w[lane][0], (int)(index + lane), 3);
    w[lane][2] = _mm_set_epi32(0, 0, 0, (int)0x80000000);
    w[lane][3] = _mm_set_epi32(256, 0, 0, 0);
    abef[lane] = ABEF;
    cdgh[lane] = CDGH;
  }
#pragma GCC unroll 16
  for (int four = 0; four < 16; four++) {
#pragma GCC unroll 2
    for (int lane = 0; lane < 2; lane++) {
      __m128i *now = &w[lane][four % 4];
      if (four >= 4) {
        __m128i last = w[lane][(four + 3) % 4];
        __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(*now, w[lane][(four + 1) % 4]),
                                    _mm_alignr_epi8(last, w[lane][(four + 2) % 4], 4));
        *now = _mm_sha256msg2_epu32(sum, last);
      }
      __m128i with_k = _mm_add_epi32(*now, _mm_load_si128((const __m128i *)&K[four * 4]));
      cdgh[lane] = _mm_sha256rnds2_epu32(cdgh[lane], abef[lane], with_k);
      abef[lane] = _mm_sha256rnds2_epu32(abef[lane], cdgh[lane], _mm_shuffle_epi32(with_k, 0x0e));
    }
  }
  for (int lane = 0; lane < 2; lane++) {
    first[lane] = (uint32_t)_mm_extract_epi32(_mm_add_epi32(abef[lane], ABEF), 3);
  }
}

static uint64_t count_zeros(uint32_t from, uint32_t candidates, uint32_t mask) {
  uint64_t zeros = 0;
  for (uint32_t at = 0; at < candidates; at += 2) {
    uint32_t first[2];
    hash_two(from + at, first);
    zeros += ((first[0] & mask) == 0) + ((first[1] & mask) == 0);
  }
  return zeros;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int main(int argc, char **argv) {
  if (argc > 2) {
    printf("%llu\n", (unsigned long long)count_zeros(0, (uint32_t)atoi(argv[2]), 0xff000000));
    return 0;
  }
  double seconds = argc > 1 ? atof(argv[1]) : 1, start = now();
  uint64_t tried = 0, zeros = 0;
  while (now() - start < seconds) {
    zeros += count_zeros((uint32_t)tried, 1 << 20, 0xffffff00);
    tried += 1 << 20;
  }
  /* Printing what was found keeps the compiler from leaving the work out. */
  printf("%.0f %llu\n", (double)tried / (now() - start), (unsigned long long)zeros);
  return 0;
}

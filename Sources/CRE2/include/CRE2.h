// RE2, as far as subscriptions by pattern need it, for Swift. Kafka's brokers evaluate such patterns
// with RE2 (KIP-848): matching takes time linear in the text, whatever the pattern, so that one from
// the network can do no harm.

#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct acta_re2 acta_re2;

/// NULL if the pattern is not valid or would take more than `max_memory` bytes compiled.
acta_re2 *_Nullable acta_re2_compile(
    const char *_Nonnull pattern, size_t length, long long max_memory);

/// Why the pattern is not valid, as a number of RE2's (`RE2::ErrorCode`); 0 if it is.
int acta_re2_error(const char *_Nonnull pattern, size_t length, long long max_memory);

/// 1 if the whole text matches, otherwise 0.
int acta_re2_matches_all(
    const acta_re2 *_Nonnull expression, const char *_Nonnull text, size_t length);

void acta_re2_free(acta_re2 *_Nonnull expression);

#ifdef __cplusplus
}
#endif

#include "CRE2.h"

#include <new>
#include <re2/re2.h>

// The one type that C sees is RE2 itself.
static RE2 *unwrap(acta_re2 *expression) { return reinterpret_cast<RE2 *>(expression); }

static RE2::Options quiet(long long max_memory) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(max_memory);
  return options;
}

extern "C" acta_re2 *acta_re2_compile(const char *pattern, size_t length, long long max_memory) {
  RE2 *expression =
      new (std::nothrow) RE2(re2::StringPiece(pattern, length), quiet(max_memory));
  if (expression != nullptr && !expression->ok()) {
    delete expression;
    return nullptr;
  }
  return reinterpret_cast<acta_re2 *>(expression);
}

extern "C" int acta_re2_error(const char *pattern, size_t length, long long max_memory) {
  return RE2(re2::StringPiece(pattern, length), quiet(max_memory)).error_code();
}

extern "C" int acta_re2_matches_all(const acta_re2 *expression, const char *text, size_t length) {
  return RE2::FullMatch(
      re2::StringPiece(text, length), *reinterpret_cast<const RE2 *>(expression));
}

extern "C" void acta_re2_free(acta_re2 *expression) { delete unwrap(expression); }

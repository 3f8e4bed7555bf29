#ifndef CONVENE_CSIMDJSON_SHIM_H
#define CONVENE_CSIMDJSON_SHIM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// simdjson is C++, whose types Swift does not see here: a text comes back as a list of tokens, in the text's order.
#ifdef __cplusplus
#define CONVENE_NOEXCEPT noexcept
extern "C" {
#else
#define CONVENE_NOEXCEPT
#endif

enum convene_json_kind {
  CONVENE_JSON_OBJECT, CONVENE_JSON_ARRAY, CONVENE_JSON_STRING,
  // Without fraction and exponent, and within 64 bits; any other number is the second.
  CONVENE_JSON_INTEGER, CONVENE_JSON_NUMBER,
  CONVENE_JSON_TRUE, CONVENE_JSON_FALSE, CONVENE_JSON_NULL,
  // Of `convene_json_read` only: there is a value, or a key, of which nothing can be told.
  CONVENE_JSON_OPAQUE
};

struct convene_json_token {
  uint8_t kind;
  // Of an object or an array: its members, which follow, each of an object's behind its key. Of a string or a number: its
  // bytes.
  size_t size;
  union {
    // Of a string: UTF-8, unescaped. Of a number: as it was written. Lives until the next text is parsed on this thread.
    const char *text;
    int64_t integer;
  };
};

// Where a value was written, in bytes from the start of the text.
struct convene_json_place {
  size_t start, size;
};

enum convene_json_fault {
  CONVENE_JSON_SOUND, CONVENE_JSON_MALFORMED, CONVENE_JSON_DUPLICATE_KEY, CONVENE_JSON_TOO_DEEP
};

struct convene_json_result {
  uint8_t fault;
  // For people, in the library's words; of a fault only.
  const char *message;
  // Where the fault is, in bytes from the start; negative where nobody can tell.
  int64_t offset;
  // The outermost value first. Lives until the next text is parsed on this thread.
  const struct convene_json_token *tokens;
  // One for each value in the outermost object or array; only where they were asked for. Lives as long.
  const struct convene_json_place *places;
};

// Parses a text whose outermost value is an object or an array, with at most `depth` of them around any value.
struct convene_json_result convene_json_parse(
    const char *text, size_t length, size_t depth, bool with_places) CONVENE_NOEXCEPT;

// Reads what can be read of somebody else's text, whose outermost value is an object or an array. NULL where it isn't known
// where its values end. Opaque are strings that are not sound, what is nested too deep, and keys that
// stand twice in one object, unless both have the same string. Lives until this is called again on this thread.
const struct convene_json_token *convene_json_read(const char *text, size_t length) CONVENE_NOEXCEPT;

// Whether a text is an object or an array as RFC 8259 has them, with numbers of any size, at most 512 values deep.
bool convene_json_is_sound(const char *text, size_t length) CONVENE_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif

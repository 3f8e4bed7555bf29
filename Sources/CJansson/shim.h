#ifndef CONVENE_CJANSSON_SHIM_H
#define CONVENE_CJANSSON_SHIM_H
#include <jansson.h>

// json_decref is a static inline that Swift imports, but json_typeof is a macro over a struct field.
static inline json_type convene_json_type(const json_t *json) { return json_typeof(json); }

#endif

#ifndef CONVENE_ALLOCATIONS_H
#define CONVENE_ALLOCATIONS_H
#include <stdint.h>

// Whatever links this has its malloc, calloc, realloc, aligned_alloc, posix_memalign, memalign and free counted, also
// where a shared library calls them. That is only convene-micro.

struct convene_allocations {
  // Each call that asks for memory; a realloc is one, wherever the memory then lies.
  uint64_t allocations;
  // What was asked for. What malloc makes of it is malloc's own business.
  uint64_t bytes;
  // Each free of something; a realloc of something is one, too.
  uint64_t frees;
};

// Counts from 0, what any thread does.
void convene_allocations_start(void);
struct convene_allocations convene_allocations_stop(void);

// Does nothing, but no compiler knows that: what is shown to it must have been made.
void convene_keep(const void *value);

#endif

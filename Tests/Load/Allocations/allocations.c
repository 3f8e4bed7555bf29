#include "allocations.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

// A symbol of the executable comes before libc's of the same name, so every call ends here and goes on to glibc's own
// allocator under the names that it has for that. (glibc manual, "Replacing malloc": which functions belong together.)
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

static atomic_bool is_counting;
static atomic_uint_least64_t allocations, bytes, frees;

static void count_allocation(size_t size) {
  if (!atomic_load_explicit(&is_counting, memory_order_relaxed)) return;
  atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
  atomic_fetch_add_explicit(&bytes, size, memory_order_relaxed);
}

static void count_free(const void *memory) {
  if (memory == NULL || !atomic_load_explicit(&is_counting, memory_order_relaxed)) return;
  atomic_fetch_add_explicit(&frees, 1, memory_order_relaxed);
}

void *malloc(size_t size) {
  count_allocation(size);
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  count_allocation(count * size);
  return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
  count_free(memory);
  // realloc(p, 0) frees p and gives nothing.
  if (memory == NULL || size != 0) count_allocation(size);
  return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
  count_allocation(size);
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
  if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
  void *made = memalign(alignment, size);
  if (made == NULL) return ENOMEM;
  *memory = made;
  return 0;
}

void free(void *memory) {
  count_free(memory);
  __libc_free(memory);
}

void convene_allocations_start(void) {
  atomic_store_explicit(&allocations, 0, memory_order_relaxed);
  atomic_store_explicit(&bytes, 0, memory_order_relaxed);
  atomic_store_explicit(&frees, 0, memory_order_relaxed);
  atomic_store_explicit(&is_counting, true, memory_order_relaxed);
}

struct convene_allocations convene_allocations_stop(void) {
  atomic_store_explicit(&is_counting, false, memory_order_relaxed);
  return (struct convene_allocations){
    .allocations = atomic_load_explicit(&allocations, memory_order_relaxed),
    .bytes = atomic_load_explicit(&bytes, memory_order_relaxed),
    .frees = atomic_load_explicit(&frees, memory_order_relaxed),
  };
}

void convene_keep(const void *value) { (void)value; }

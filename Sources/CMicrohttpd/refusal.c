// For RTLD_NEXT.
#define _GNU_SOURCE
#include "shim.h"

#include <dlfcn.h>
#include <stdatomic.h>

// What libmicrohttpd can't read as a request it refuses by itself, with a page of its own; no option, no callback and no call
// replaces it or tells of it. But it queues these pages with its public `MHD_queue_response`, which a program may define for
// itself: the dynamic linker binds a library's calls of its own exported functions to the program's, as with malloc.
//
// - Only libmicrohttpd calls the function below, in `transmit_error_response_len` (connection.c, as of 0.9.75), before it sends
//   the first byte. Convene's own replies go by `convene_queue_response`. What it does for libmicrohttpd doesn't change.
// - Where the library was linked so that it calls its own functions directly (-Bsymbolic), the function below is never
//   called, and libmicrohttpd's page is sent, as without it. Linked statically, the linker reports it as defined twice.

typedef enum MHD_Result (*queueing)(struct MHD_Connection *, unsigned int, struct MHD_Response *);

static _Atomic(queueing) library_queue;
static _Atomic(convene_refusal_callback) refusal;

enum MHD_Result convene_queue_response(
    struct MHD_Connection *connection, unsigned int status, struct MHD_Response *response) {
  queueing queue = atomic_load_explicit(&library_queue, memory_order_relaxed);
  if (!queue) {
    queue = (queueing)dlsym(RTLD_NEXT, "MHD_queue_response");
    if (!queue) return MHD_NO;
    atomic_store_explicit(&library_queue, queue, memory_order_relaxed);
  }
  return queue(connection, status, response);
}

void convene_tell_of_refusals(convene_refusal_callback callback) { atomic_store(&refusal, callback); }

enum MHD_Result MHD_queue_response(
    struct MHD_Connection *connection, unsigned int status, struct MHD_Response *response) {
  convene_refusal_callback callback = atomic_load(&refusal);
  if (callback) callback(connection, status);
  return convene_queue_response(connection, status, response);
}

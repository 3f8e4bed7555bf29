// For RTLD_NEXT.
#define _GNU_SOURCE
#include "shim.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>

// libmicrohttpd shakes hands by itself, and says nothing of it: not that it is over, nor why it has failed, and no alert is sent to
// a client who would like to know that, too. While it waits for the client it (0.9.75) tries again in each turn, and asks for one
// at once. But it calls GnuTLS's public `gnutls_handshake`, which a program may define for itself:
// the dynamic linker binds a library's calls to the program's, as with malloc (see CMicrohttpd/refusal.c).
//
// Nothing depends on it that a connection's safety depends on: where the function below is never called, handshakes succeed and
// fail as without it, only nobody hears of them, and no caller is known by a certificate.

typedef int (*handshaking)(gnutls_session_t);

static _Atomic(handshaking) library_handshake;
static _Atomic(convene_handshake_begins) handshake_begins;
static _Atomic(convene_handshake_waits) handshake_waits;
static _Atomic(convene_handshake_ended) handshake_ended;

void convene_tell_of_handshakes(
    convene_handshake_begins begins, convene_handshake_waits waits, convene_handshake_ended ended) {
  atomic_store(&handshake_begins, begins);
  atomic_store(&handshake_waits, waits);
  atomic_store(&handshake_ended, ended);
}

int gnutls_handshake(gnutls_session_t session) {
  handshaking handshake = atomic_load_explicit(&library_handshake, memory_order_relaxed);
  if (!handshake) {
    handshake = (handshaking)dlsym(RTLD_NEXT, "gnutls_handshake");
    if (!handshake) return GNUTLS_E_INTERNAL_ERROR;
    atomic_store_explicit(&library_handshake, handshake, memory_order_relaxed);
  }
  convene_handshake_begins begins = atomic_load(&handshake_begins);
  convene_handshake_waits waits = atomic_load(&handshake_waits);
  convene_handshake_ended ended = atomic_load(&handshake_ended);
  if (!begins || !waits || !ended) return handshake(session);
  if (begins(session)) return GNUTLS_E_UNEXPECTED_PACKET;
  int result = handshake(session);
  switch (result) {
    case GNUTLS_E_AGAIN: waits(session, gnutls_record_get_direction(session)); return result;
    case GNUTLS_E_INTERRUPTED: return result;
    // The other end has left, or has said what it thinks.
    case GNUTLS_E_SUCCESS:
    case GNUTLS_E_PREMATURE_TERMINATION:
    case GNUTLS_E_PULL_ERROR:
    case GNUTLS_E_PUSH_ERROR:
    case GNUTLS_E_FATAL_ALERT_RECEIVED: break;
    default: gnutls_alert_send_appropriate(session, result);
  }
  ended(session, result);
  return result;
}

int convene_verify_client(gnutls_session_t session, char *words, size_t size) {
  // Where a certificate says what it is for, a client must be among that (RFC 5280, section 4.2.1.12).
  gnutls_typed_vdata_st purpose = {GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT, 0};
  unsigned status = 0;
  if (size) words[0] = 0;
  int result = gnutls_certificate_verify_peers(session, &purpose, 1, &status);
  if (result < 0) return result;
  if (status == 0) return GNUTLS_E_SUCCESS;
  gnutls_datum_t text = {NULL, 0};
  if (size && gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) == 0 && text.data) {
    strncpy(words, (const char *)text.data, size - 1);
    words[size - 1] = 0;
  }
  gnutls_free(text.data);
  return GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
}

static int verify(gnutls_session_t session) { return convene_verify_client(session, NULL, 0); }

void convene_verify_clients(gnutls_certificate_credentials_t credentials) {
  gnutls_certificate_set_verify_function(credentials, verify);
}

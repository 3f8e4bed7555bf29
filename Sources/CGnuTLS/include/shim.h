#ifndef CONVENE_CGNUTLS_SHIM_H
#define CONVENE_CGNUTLS_SHIM_H
#include <gnutls/gnutls.h>
#include <gnutls/x509-ext.h>
#include <gnutls/x509.h>

// libmicrohttpd is about to go on with a handshake; not 0 where that is to fail, because what comes is no TLS.
typedef int (*convene_handshake_begins)(gnutls_session_t session);
// Nothing can be done until the other end has sent something, or, where `writes` isn't 0, taken what was sent.
typedef void (*convene_handshake_waits)(gnutls_session_t session, int writes);
// It has ended: with 0, or with GnuTLS's error. `handshake.c` says how that is known.
typedef void (*convene_handshake_ended)(gnutls_session_t session, int result);

// To be called before a daemon is started.
void convene_tell_of_handshakes(
    convene_handshake_begins begins, convene_handshake_waits waits, convene_handshake_ended ended);

// Callers must show a certificate by which one of the authorities knows them, for a client, and within its time. Where they don't,
// there is no connection.
void convene_verify_clients(gnutls_certificate_credentials_t credentials);

// Whether the other end's certificate is good by the session's credentials: 0, or GnuTLS's error. What is wrong with it goes into
// `words`, which ends with a NUL.
int convene_verify_client(gnutls_session_t session, char *words, size_t size);

// Wipes a file's contents and frees them. `gnutls_free` is a variable, which Swift takes for shared state.
static inline void convene_wipe(gnutls_datum_t *file) {
  if (file->data) gnutls_memset(file->data, 0, file->size);
  gnutls_free(file->data);
  file->data = NULL;
  file->size = 0;
}

#endif

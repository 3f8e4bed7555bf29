#ifndef CONVENE_CCURL_SHIM_H
#define CONVENE_CCURL_SHIM_H
#include <curl/curl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

// curl_easy_setopt, curl_easy_getinfo and curl_multi_setopt are variadic, which Swift can't call: one function a type.
static inline CURLcode convene_easy_set_long(CURL *h, CURLoption o, long v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode convene_easy_set_offset(CURL *h, CURLoption o, curl_off_t v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode convene_easy_set_string(CURL *h, CURLoption o, const char *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode convene_easy_set_pointer(CURL *h, CURLoption o, void *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode convene_easy_set_list(CURL *h, CURLoption o, struct curl_slist *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode convene_easy_set_patch(CURL *h, int v) { return curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, v ? "PATCH" : NULL); }
static inline CURLcode convene_easy_set_url(CURL *h, CURLU *v) { return curl_easy_setopt(h, CURLOPT_CURLU, v); }
static inline CURLcode convene_easy_copy_body(CURL *h, const void *v) { return curl_easy_setopt(h, CURLOPT_COPYPOSTFIELDS, v); }
static inline CURLcode convene_easy_set_prerequest(CURL *h, curl_prereq_callback v) { return curl_easy_setopt(h, CURLOPT_PREREQFUNCTION, v); }
static inline CURLcode convene_easy_set_write(CURL *h, CURLoption o, curl_write_callback v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode convene_easy_set_sockopt(CURL *h, curl_sockopt_callback v) { return curl_easy_setopt(h, CURLOPT_SOCKOPTFUNCTION, v); }
static inline CURLcode convene_easy_set_closesocket(CURL *h, curl_closesocket_callback v) { return curl_easy_setopt(h, CURLOPT_CLOSESOCKETFUNCTION, v); }
static inline CURLcode convene_easy_get_long(CURL *h, CURLINFO i, long *v) { return curl_easy_getinfo(h, i, v); }
static inline CURLcode convene_easy_get_offset(CURL *h, CURLINFO i, curl_off_t *v) { return curl_easy_getinfo(h, i, v); }
static inline CURLcode convene_easy_get_pointer(CURL *h, CURLINFO i, void **v) { return curl_easy_getinfo(h, i, v); }
static inline CURLMcode convene_multi_set_long(CURLM *m, CURLMoption o, long v) { return curl_multi_setopt(m, o, v); }
static inline CURLMcode convene_multi_set_pointer(CURLM *m, CURLMoption o, void *v) { return curl_multi_setopt(m, o, v); }
static inline CURLMcode convene_multi_set_socket(CURLM *m, curl_socket_callback v) { return curl_multi_setopt(m, CURLMOPT_SOCKETFUNCTION, v); }
static inline CURLMcode convene_multi_set_timer(CURLM *m, curl_multi_timer_callback v) { return curl_multi_setopt(m, CURLMOPT_TIMERFUNCTION, v); }

// Stands behind _GNU_SOURCE, as CLinux says of its like.
extern void *memmem(const void *, size_t, const void *, size_t);

static inline int convene_curl_features(void) { return curl_version_info(CURLVERSION_NOW)->features; }

// libcurl makes OpenSSL free a connection's two buffers of 17 KB after each record and allocate them again for the next.
// Here they are kept, and the one for sending is no larger than a create: a larger body is sent in several records.
// Only where libcurl's TLS is OpenSSL is the pointer that this gets an SSL_CTX.
static inline CURLcode convene_keep_tls_buffers(CURL *h, void *context, void *cls) {
  (void)h, (void)cls;
  SSL_CTX_clear_mode((SSL_CTX *)context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_max_send_fragment((SSL_CTX *)context, 4096);
  return CURLE_OK;
}
static inline CURLcode convene_easy_keep_tls_buffers(CURL *h) {
  const char *tls = curl_version_info(CURLVERSION_NOW)->ssl_version;
  if (tls == NULL || strncmp(tls, "OpenSSL/", 8) != 0) return CURLE_OK;
  return curl_easy_setopt(h, CURLOPT_SSL_CTX_FUNCTION, convene_keep_tls_buffers);
}

// close(2), and the end of the process, let the kernel go on sending what it still has: for minutes, where the way there is
// cut. From its beginning a connection is told otherwise: what the other end has not acknowledged when it ends is dropped,
// and the other end gets a reset (socket(7), SO_LINGER).
static inline int convene_drop_at_end(curl_socket_t s) {
  struct linger now = {1, 0};
  return setsockopt(s, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

// Ends a connection: in good order where nothing is left to send (tcp(7), SIOCOUTQ), or no more than the 24 bytes with which
// libcurl says goodbye in TLS 1.3. Those may as well be the last ones of a create, so the kernel has a second for them.
static inline int convene_close(curl_socket_t s) {
  int left = 0;
  unsigned second = 1000;
  struct linger later = {0, 0};
  if (ioctl(s, SIOCOUTQ, &left) == 0 && left <= 24) {
    if (left > 0) setsockopt(s, IPPROTO_TCP, TCP_USER_TIMEOUT, &second, sizeof second);
    setsockopt(s, SOL_SOCKET, SO_LINGER, &later, sizeof later);
  }
  return close(s);
}

// How long the kernel tries to send, also for a process that stands still (tcp(7), TCP_USER_TIMEOUT).
static inline int convene_limit_sending(curl_socket_t s, unsigned milliseconds) {
  return setsockopt(s, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
}

#endif

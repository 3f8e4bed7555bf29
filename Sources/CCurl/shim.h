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
static inline CURLcode convene_easy_set_url(CURL *h, CURLU *v) { return curl_easy_setopt(h, CURLOPT_CURLU, v); }
static inline CURLcode convene_easy_copy_body(CURL *h, const void *v) { return curl_easy_setopt(h, CURLOPT_COPYPOSTFIELDS, v); }
static inline CURLcode convene_easy_set_prerequest(CURL *h, curl_prereq_callback v) { return curl_easy_setopt(h, CURLOPT_PREREQFUNCTION, v); }
static inline CURLcode convene_easy_set_write(CURL *h, CURLoption o, curl_write_callback v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode convene_easy_set_sockopt(CURL *h, curl_sockopt_callback v) { return curl_easy_setopt(h, CURLOPT_SOCKOPTFUNCTION, v); }
static inline CURLcode convene_easy_set_closesocket(CURL *h, curl_closesocket_callback v) { return curl_easy_setopt(h, CURLOPT_CLOSESOCKETFUNCTION, v); }
static inline CURLcode convene_easy_get_long(CURL *h, CURLINFO i, long *v) { return curl_easy_getinfo(h, i, v); }
static inline CURLcode convene_easy_get_pointer(CURL *h, CURLINFO i, void **v) { return curl_easy_getinfo(h, i, v); }
static inline CURLMcode convene_multi_set_long(CURLM *m, CURLMoption o, long v) { return curl_multi_setopt(m, o, v); }
static inline CURLMcode convene_multi_set_pointer(CURLM *m, CURLMoption o, void *v) { return curl_multi_setopt(m, o, v); }
static inline CURLMcode convene_multi_set_socket(CURLM *m, curl_socket_callback v) { return curl_multi_setopt(m, CURLMOPT_SOCKETFUNCTION, v); }
static inline CURLMcode convene_multi_set_timer(CURLM *m, curl_multi_timer_callback v) { return curl_multi_setopt(m, CURLMOPT_TIMERFUNCTION, v); }

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

// close(2) lets the kernel go on sending what it still has: for minutes, where the way there is cut. What the other end has
// not acknowledged by now is dropped instead (socket(7), SO_LINGER; tcp(7), SIOCOUTQ), and it gets a reset. Not for the 24
// bytes with which libcurl says goodbye in TLS 1.3.
static inline int convene_close_and_drop(curl_socket_t s) {
  int left = 0;
  struct linger now = {1, 0};
  if (ioctl(s, SIOCOUTQ, &left) == 0 && left > 24) setsockopt(s, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  return close(s);
}

// How long the kernel tries to send, also for a process that is gone (tcp(7), TCP_USER_TIMEOUT).
static inline int convene_limit_sending(curl_socket_t s, unsigned milliseconds) {
  return setsockopt(s, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
}

#endif

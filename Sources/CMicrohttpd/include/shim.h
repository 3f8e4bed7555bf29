#ifndef CONVENE_CMICROHTTPD_SHIM_H
#define CONVENE_CMICROHTTPD_SHIM_H
#include <microhttpd.h>

// From this version on libmicrohttpd refuses by itself what it could misread, where it is told to be strict.
#define CONVENE_STRICT_MICROHTTPD (MHD_VERSION >= 0x00097701)

static inline int convene_microhttpd_is_strict(void) { return CONVENE_STRICT_MICROHTTPD; }

typedef void *(*convene_target_callback)(void *cls, const char *target, struct MHD_Connection *connection);
typedef size_t (*convene_unescape_callback)(void *cls, struct MHD_Connection *connection, char *text);

// libmicrohttpd is about to send a page of its own, with this status. `refusal.c` says how that is known.
typedef void (*convene_refusal_callback)(struct MHD_Connection *connection, unsigned int status);

// To be called before a daemon is started.
void convene_tell_of_refusals(convene_refusal_callback callback);

// As MHD_queue_response, which is not to be called: it is libmicrohttpd's way to send its own pages.
enum MHD_Result convene_queue_response(
    struct MHD_Connection *connection, unsigned int status, struct MHD_Response *response);

// Certificates come with each session's own credentials, and none from here; without a word of one no daemon with TLS is started.
static inline int convene_no_certificate(void) { return -1; }

// MHD_start_daemon is variadic, which Swift can't call. `tls_priorities` is GnuTLS's text (gnutls_priority_init(3)); NULL = no TLS.
static inline struct MHD_Daemon *convene_start_daemon(
    void *cls, MHD_AccessHandlerCallback request, MHD_NotifyConnectionCallback connection,
    MHD_RequestCompletedCallback completed, convene_target_callback target, convene_unescape_callback unescape,
    size_t memory_per_connection, unsigned int connections, const char *tls_priorities) {
  struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
  struct MHD_OptionItem tls[] = {
      {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)tls_priorities},
      {MHD_OPTION_HTTPS_CERT_CALLBACK2, 0, (void *)convene_no_certificate},
      {MHD_OPTION_END, 0, NULL}};
  unsigned int flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME;
  return MHD_start_daemon(
      tls_priorities ? flags | MHD_USE_TLS : flags, 0, NULL, NULL, request, cls, MHD_OPTION_ARRAY,
      tls_priorities ? tls : none,
      MHD_OPTION_NOTIFY_CONNECTION, connection, cls, MHD_OPTION_NOTIFY_COMPLETED, completed, cls,
      MHD_OPTION_URI_LOG_CALLBACK, target, cls, MHD_OPTION_UNESCAPE_CALLBACK, unescape, cls,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, memory_per_connection, MHD_OPTION_CONNECTION_LIMIT, connections,
      MHD_OPTION_CONNECTION_TIMEOUT, 0u,
#if CONVENE_STRICT_MICROHTTPD
      // The strictest that still speaks to correct clients.
      MHD_OPTION_CLIENT_DISCIPLINE_LVL, 2,
#else
      // What being strict adds in older versions is two refusals, and their replies are garbled: the head is judged here.
      MHD_OPTION_STRICT_FOR_CLIENT, 0,
#endif
      MHD_OPTION_END);
}

// Variadic, too. -1 where there is none.
static inline int convene_epoll_descriptor(struct MHD_Daemon *daemon) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
  return info ? info->epoll_fd : -1;
}

// Variadic, too. Bytes of the head, from the method's first to the end of the empty line; 0 where it isn't known.
static inline size_t convene_head_size(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return info ? info->header_size : 0;
}

// Variadic, too. What NOTIFY_CONNECTION put into the connection's socket_context.
static inline void *convene_socket_context(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info ? info->socket_context : NULL;
}

// Variadic, too. GnuTLS's session of a connection with TLS.
static inline void *convene_tls_session(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  return info ? info->tls_session : NULL;
}

// Variadic, too. libmicrohttpd closes a connection that was idle for so many seconds, in its next turn; 0 = never.
static inline void convene_set_idle_timeout(struct MHD_Connection *connection, unsigned int seconds) {
  MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, seconds);
}

#endif

#ifndef CONVENE_CMICROHTTPD_SHIM_H
#define CONVENE_CMICROHTTPD_SHIM_H
#include <microhttpd.h>
#endif

#ifndef CONVENE_CZLIB_SHIM_H
#define CONVENE_CZLIB_SHIM_H
#include <zlib.h>

// A macro, which Swift can't import. 16 more than the largest window: the format is gzip's.
static inline int convene_gunzip_begin(z_stream *s) { return inflateInit2(s, 15 + 16); }
#endif

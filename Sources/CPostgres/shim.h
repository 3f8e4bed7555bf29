#ifndef CONVENE_CPOSTGRES_SHIM_H
#define CONVENE_CPOSTGRES_SHIM_H
#include <libpq-fe.h>

// Which part of an error or notice is meant (libpq, PQresultErrorField): character constants, which Swift doesn't import.
static const int convene_pg_severity = PG_DIAG_SEVERITY_NONLOCALIZED;
static const int convene_pg_sqlstate = PG_DIAG_SQLSTATE;
static const int convene_pg_message = PG_DIAG_MESSAGE_PRIMARY;
static const int convene_pg_function = PG_DIAG_SOURCE_FUNCTION;

#endif

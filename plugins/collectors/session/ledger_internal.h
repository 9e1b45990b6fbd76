/* session/ledger_internal.h - what ledger.c and ledger_past.c share. */
#ifndef SESSION_LEDGER_INTERNAL_H
#define SESSION_LEDGER_INTERNAL_H

#include "ledger.h"

/* Exact; noted_ns counts only when it lies after unix_ns. */
void ledger_emit(const ledger_sink *sink, ledger_kind kind, ledger_source source,
                 const ledger_session *session, int64_t unix_ns, int64_t noted_ns);
void ledger_emit_estimate(const ledger_sink *sink, ledger_kind kind, ledger_source source,
                          const ledger_session *session, int64_t unix_ns, int64_t noted_ns);
void ledger_emit_gap(const ledger_sink *sink, const char *cause, const char *detail,
                     int64_t from_ns, int64_t to_ns);
uint64_t ledger_slept_ns(const ledger_moment *before, const ledger_moment *now);
void ledger_note_clock_step(const ledger_moment *before, const ledger_moment *now,
                            const ledger_sink *sink);
void ledger_drop_session(ledger *book, ledger_session *session);

#endif

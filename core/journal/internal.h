/* journal/internal.h - the open journal as its own files see it.
 *
 * Two halves. The queue half is guarded by `mutex`, held for microseconds. The file half is guarded
 * by `files`, held for a commit, a fold or an erasure. Who needs both takes `files` first.
 */
#ifndef JOURNAL_INTERNAL_H
#define JOURNAL_INTERNAL_H

#include "journal/files.h"
#include "journal/journal.h"
#include "journal/seal.h"
#include "journal/tally.h"
#include "platform/platform.h"

#include <uv.h>

#define JOURNAL_CURSORS_MAX 1024u
#define JOURNAL_QUOTAS_MAX 64u
#define JOURNAL_DECISIONS_MAX 1024u /* on their way, or overtaken and not yet asked for */
#define JOURNAL_RETRY_MS 5000u
#define JOURNAL_RETRY_SHARED_MS 500u /* a server comes back, or its standby takes over */
#define JOURNAL_WAL_PAGES_MAX 1000   /* copy the log into the file from here on */

typedef struct journal_place {
    char name[JOURNAL_INSTANCE_BYTES_MAX + 1];
    uint64_t position;
    int32_t dirty; /* set since the writer last took it */
} journal_place;

typedef struct journal_limit {
    char purpose[KINMU_NAME_BYTES_MAX + 1];
    uint64_t bytes_max;
    uint64_t looked_at; /* position up to which nothing can be folded any more */
} journal_limit;

typedef struct journal_undecided {
    uint64_t ticket;
    int32_t is_overtaken;
} journal_undecided;

struct journal {
    const schema_registry *registry;
    const schema_info *fold_schema;
    const schema_info *erase_schema;
    const schema_info *receipt_schema;
    char *directory;
    uint64_t flush_interval_ns;
    uint64_t flush_bytes;
    uint64_t flush_events;
    journal_limit limits[JOURNAL_QUOTAS_MAX]; /* only those that may fold */
    uint32_t limit_count;
    int32_t folds_when_asked;
    platform_lock *lock;
    device device;
    journal_commit_fn on_commit;
    void *on_commit_user;

    uv_mutex_t mutex;
    uv_cond_t work; /* to the writer: something pending, a limit reached, a flush wanted, the end */
    uv_cond_t done; /* from the writer: a group is durable, or trouble */
    queue queue;
    uint64_t ticket;        /* newest given */
    uint64_t taken;         /* newest the writer has taken */
    uint64_t durable;       /* newest on stable storage */
    uint64_t decision;      /* newest appended */
    uint64_t decided;       /* newest known to be in the tables */
    uint64_t pending_since; /* uv_hrtime of the first pending batch */
    int32_t flush_wanted;
    int32_t is_hurried; /* journal_hurry */
    int32_t announce;   /* blocks were committed outside the writer thread */
    int32_t retrying;
    int32_t retry_now; /* somebody in journal_flush wants an attempt at once */
    uint64_t attempts; /* commits tried */
    int32_t stopping;
    int32_t failed;                                     /* 0 or why it stopped */
    uint64_t held_above;                                /* journal_hold */
    struct intake *intake;                              /* other devices */
    journal_undecided undecided[JOURNAL_DECISIONS_MAX]; /* in order of tickets */
    uint32_t undecided_count;
    journal_place *places;
    uint32_t place_count;
    uint32_t place_capacity;
    journal_figures figures;

    uv_mutex_t looking; /* guards the connection below, only there when shared */
    sql_db *look_db;
    sql_statement *look_standing;

    uv_mutex_t files;
    int32_t is_shared; /* other nodes write the same tables: turn.c */
    uint64_t epoch;    /* of the keys: moves with every erasure and fold */
    sql_statement *get_turn;
    sql_statement *put_turn;
    sql_statement *peek_turn;
    uint64_t doubt_position; /* of the last block of a commit whose answer was lost */
    size_t doubt_size;       /* 0 = no doubt */
    uint8_t doubt_header[LAYOUT_HEADER_BYTES_MAX];
    sql_db *db;
    sql_statement *insert_block;
    sql_statement *bury_block;
    sql_statement *put_cursor;
    sql_statement *put_state;
    sql_statement *remove_state;
    sql_statement *put_head;
    sql_statement *put_origin;
    sql_statement *get_origin;
    sql_statement *get_standing;
    sql_statement *insert_foreign;
    sql_statement *put_contact;
    keys *keys;
    sealer sealer;
    int64_t origin_row;
    seal_chain chain;
    tally tally;
    uint64_t signed_chain;       /* number of the last signed head */
    uint64_t signed_mono_ns;     /* when */
    int64_t found_unix_ns;       /* when the head found at open was signed; 0 = none */
    journal_place *taken_places; /* the cursors of the group in commit */
    uint32_t taken_place_count;
    uv_thread_t thread;
    int32_t running;
};

/* ---- open.c: what open and close are made of ---- */
int32_t journal_open_files(journal *j, const journal_settings *settings, kinmu_err *err);
void journal_close_files(journal *j);

/* ---- commit.c: with `files` held ---- */
typedef struct commit_state {
    seal_chain chain;
    tally tally;
    uint64_t signed_chain;
    uint64_t epoch;
    uint8_t last_header[LAYOUT_HEADER_BYTES_MAX]; /* of the newest block in it */
    size_t last_header_size;
} commit_state;
/* Begins a transaction on a copy of the chain; end publishes the copy, or rolls back and forgets.
 */
int32_t commit_begin(journal *j, commit_state *state, kinmu_err *err);
/* The block's key must be filled and durable. */
int32_t commit_block(journal *j, commit_state *state, const queue_block *block, kinmu_err *err);
/* The newest block of the transaction. */
void commit_remember(commit_state *state, const void *header, size_t size);
/* Replaces a payload by a signed tombstone. */
int32_t commit_bury(journal *j, commit_state *state, uint64_t position, const void *header_bytes,
                    size_t header_size, uint32_t kind, kinmu_err *err);
int32_t commit_head(journal *j, commit_state *state, kinmu_err *err);
int32_t commit_put_head(journal *j, int64_t origin_row, const layout_head *head, kinmu_err *err);
int32_t commit_end(journal *j, const commit_state *state, int32_t status, kinmu_err *err);
int32_t commit_group(journal *j, queue_group *group, kinmu_err *err);

/* ---- take.c: what other devices sent, with `files` held ---- */
int32_t intake_commit_keys(journal *j, const queue_group *group, kinmu_err *err);
int32_t intake_commit(journal *j, commit_state *state, const queue_group *group, kinmu_err *err);

/* ---- turn.c: with `files` held, within a transaction; nothing to do for a file ---- */
/* Waits for this node's turn and loads what other nodes changed. */
int32_t turn_take(journal *j, int32_t *keys_are_stale, kinmu_err *err);
void turn_learn_decision(journal *j, uint64_t decision); /* in the tables; takes the mutex */
int32_t turn_give(journal *j, const commit_state *state, kinmu_err *err);
/* Takes out what was decided here on a number another node was given: in the group and behind it.
 */
void turn_yield_decisions(journal *j, queue_group *group, uint64_t decision);
/* Without a transaction, without `files`: what the server says now. */
void turn_refresh_decision(journal *j);
/* After a COMMIT without an answer; and what came of it. E_RETRY: still unknown. */
void turn_doubt(journal *j, const commit_state *state);
int32_t turn_settle_doubt(journal *j, int32_t *landed, kinmu_err *err);
/* open.c: chain and signed head as the tables have them now. */
int32_t open_load_standing(journal *j, kinmu_err *err);

/* ---- writer.c ---- */
int32_t writer_start(journal *j);
void writer_stop(journal *j);
/* With the mutex held: something was added or wanted. */
void writer_wake(journal *j, int32_t was_empty);
/* Stops the journal for good. Without the mutex. */
void writer_fail(journal *j, int32_t status, const kinmu_err *err);
void writer_show(journal *j); /* copies the tally into the figures; without the mutex */

/* ---- fold.c, erase.c: with `files` held ---- */
int32_t fold_over_quota(journal *j, const journal_spans *spared, uint32_t *folded, kinmu_err *err);
uint64_t fold_excess(const journal *j); /* bytes beyond the quotas */
/* Why what is of that owner stays; NULL = none of the spans touches it. */
const char *erase_spared_by(const journal_spans *spared, const struct keys_owner *owner);
int32_t erase_finish(journal *j, kinmu_err *err);
struct buffer;
int32_t erase_doomed(journal *j, struct buffer *ids, kinmu_err *err); /* appends ids of keys */

#endif

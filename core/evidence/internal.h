/* evidence/internal.h - what is shared by select.c (which blocks), write.c (the file) and
 * verify*.c.
 */
#ifndef EVIDENCE_INTERNAL_H
#define EVIDENCE_INTERNAL_H

#include "evidence/evidence.h"
#include "evidence/lines.h"
#include "journal/kept.h"
#include "journal/keys.h"
#include "journal/seal.h"

#define EVIDENCE_FORMAT "kinmu-evidence/1"
#define EVIDENCE_CONTEXT "kinmu evidence 1\n" /* of the seal */
#define EVIDENCE_KEYS_MAX 1024u               /* purposes and months of one person */

/* A key of the person. */
typedef struct evidence_key {
    uint8_t id[LAYOUT_KEY_ID_SIZE];
    uint8_t key[CRYPTO_KEY_SIZE];
    char purpose[KINMU_NAME_BYTES_MAX + 1];
    int32_t month;
    int32_t is_used;
} evidence_key;

/* A device of which blocks are needed. */
typedef struct evidence_chain {
    int64_t row;
    uint8_t origin[LAYOUT_ORIGIN_SIZE];
    uint8_t public_key[CRYPTO_PUBLIC_SIZE];
    uint64_t first, needed, last; /* first and last to write; needed: the last one with a record */
    layout_head head;             /* as the device signed it; chain 0 = none */
    int64_t heard_unix_ns;
    uint64_t unsent;
} evidence_chain;

typedef struct evidence_plan {
    const evidence_wish *wish;
    int32_t month; /* year * 12 + month - 1 */
    sql_db *db;    /* in one read transaction from begin to end */
    device device;
    keys *keys_file;
    sealer sealer;
    block_reader payload;
    evidence_key keys[EVIDENCE_KEYS_MAX];
    uint32_t key_count;
    evidence_chain chains[EVIDENCE_DEVICES_MAX];
    uint32_t chain_count;
    uint8_t is_schema_used[SCHEMAS_MAX];
    uint64_t checkpoint; /* number; 0 = none */
    evidence_summary summary;
} evidence_plan;

int32_t evidence_plan_make(const evidence_wish *wish, evidence_plan **out, kinmu_err *err);
void evidence_plan_free(evidence_plan *plan);
/* NULL: of somebody else, or of another time. */
evidence_key *evidence_find_key(evidence_key *list, uint32_t count,
                                const uint8_t id[LAYOUT_KEY_ID_SIZE]);
/* Month of a moment on the clock it was recorded by. */
int32_t evidence_local_month(const kinmu_event *event);
int32_t evidence_read_month(const char *text, int32_t *month); /* "2026-11" */

/* ---- schema_line.c ---- */
void evidence_put_schema(buffer *out, const schema_info *info);
/* Takes the value of a schema line into the registry. */
int32_t evidence_take_schema(lines_reader *r, schema_registry *schemas, kinmu_err *err);

#endif

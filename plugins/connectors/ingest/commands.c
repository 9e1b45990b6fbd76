/* ingest/commands.c - what people may ask of the hub: the table, devices, revoke and readmit. */
#include "ingest.h"
#include "value_json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_MAX 64u
#define PAGE_BYTES_MAX 12000u /* of a page; who reads it takes a text of 16 KiB */
#define WORD_SIZE 160u

enum {
    COMMAND_INVITE,
    COMMAND_INVITES,
    COMMAND_CANCEL,
    COMMAND_DEVICES,
    COMMAND_REVOKE,
    COMMAND_READMIT
};

#define TEXT_FIELD(name, flags, doc)                                                               \
    { (name), KINMU_TYPE_TEXT, (flags), KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL, (doc) }
#define I64_FIELD(name, unit, doc)                                                                 \
    { (name), KINMU_TYPE_I64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, (unit), NULL, (doc) }

static const kinmu_field invite_input[] = {
    I64_FIELD("uses", "count", "How many devices may come by it; 1 when not given."),
    I64_FIELD("valid_s", "s", "How long it is valid; a week when not given."),
    TEXT_FIELD("group", 0, "Group its devices join."),
};
static const kinmu_field invite_output[] = {
    TEXT_FIELD("token", KINMU_FIELD_REQUIRED, "The token; it is shown this once."),
    TEXT_FIELD("invite", KINMU_FIELD_REQUIRED, "Id of the invitation."),
    {"expires_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns",
     NULL, "When it expires."},
};
static const kinmu_field list_input[] = {
    TEXT_FIELD("after", 0, "`next` of the page before."),
};
static const kinmu_field invites_output[] = {
    TEXT_FIELD("invites", KINMU_FIELD_REQUIRED, "JSON list of invitations, some 12 KB of it."),
    TEXT_FIELD("next", 0, "For the next page; null after the last."),
};
static const kinmu_field cancel_fields[] = {
    TEXT_FIELD("invite", KINMU_FIELD_REQUIRED, "Id of the invitation."),
};
static const kinmu_field devices_output[] = {
    TEXT_FIELD("devices", KINMU_FIELD_REQUIRED, "JSON list of devices, some 12 KB of it."),
    TEXT_FIELD("next", 0, "For the next page; null after the last."),
};
static const kinmu_field revoke_input[] = {
    TEXT_FIELD("device", KINMU_FIELD_REQUIRED, "Id, its beginning, or a name only one bears."),
    TEXT_FIELD("reason", 0, "Why; the device's user is shown it."),
};
static const kinmu_field readmit_input[] = {
    TEXT_FIELD("device", KINMU_FIELD_REQUIRED, "Id, its beginning, or a name only one bears."),
};
static const kinmu_field state_output[] = {
    TEXT_FIELD("device", KINMU_FIELD_REQUIRED, "Id of the device."),
    TEXT_FIELD("name", KINMU_FIELD_REQUIRED, "Its name."),
    TEXT_FIELD("state", KINMU_FIELD_REQUIRED, "Its state now."),
};

const kinmu_command ingest_command_rows[INGEST_COMMANDS] = {
    [COMMAND_INVITE] = {"invite", "admin", KINMU_TABLE(invite_input), KINMU_TABLE(invite_output),
                        "Makes a token by which devices may enrol.", NULL},
    [COMMAND_INVITES] = {"invites", "admin", KINMU_TABLE(list_input), KINMU_TABLE(invites_output),
                         "Lists the invitations.", NULL},
    [COMMAND_CANCEL] = {"cancel", "admin", KINMU_TABLE(cancel_fields), KINMU_TABLE(cancel_fields),
                        "Makes an invitation's token worthless.", NULL},
    [COMMAND_DEVICES] = {"devices", "admin", KINMU_TABLE(list_input), KINMU_TABLE(devices_output),
                         "Lists the devices.", NULL},
    [COMMAND_REVOKE] = {"revoke", "admin", KINMU_TABLE(revoke_input), KINMU_TABLE(state_output),
                        "Stops a device from pushing; its history stays.", NULL},
    [COMMAND_READMIT] = {"readmit", "admin", KINMU_TABLE(readmit_input), KINMU_TABLE(state_output),
                         "Lets a revoked or quarantined device push again.", NULL},
};

/* ---- lists ---- */

/* The names on a page and how many devices bear each, found in one look at all of them: a look for
 * each row would hold the hub up with ten thousand devices. */
typedef struct name_count {
    const char *name;
    uint32_t bearers;
} name_count;
typedef struct page_names {
    name_count rows[PAGE_MAX];
    uint32_t count;
} page_names;

static int by_name(const void *a, const void *b) {
    return strcmp(((const name_count *)a)->name, ((const name_count *)b)->name);
}

static name_count *find_name(page_names *names, const char *name) {
    const name_count wanted = {name, 0};
    return bsearch(&wanted, names->rows, names->count, sizeof names->rows[0], by_name);
}

static void count_names(const ingest *in, uint32_t from, uint32_t end, page_names *names) {
    uint32_t kept = 0;
    names->count = end - from;
    for (uint32_t at = from; at < end; at++) {
        names->rows[at - from] = (name_count){((const device_row *)in->devices.items[at])->name, 0};
    }
    qsort(names->rows, names->count, sizeof names->rows[0], by_name);
    for (uint32_t at = 0; at < names->count; at++) {
        if (at == 0 || by_name(&names->rows[kept - 1], &names->rows[at]) != 0) {
            names->rows[kept++] = names->rows[at];
        }
    }
    names->count = kept;
    for (uint32_t at = 0; at < in->devices.count; at++) {
        name_count *found = find_name(names, ((const device_row *)in->devices.items[at])->name);
        if (found != NULL) {
            found->bearers++;
        }
    }
}

static json_t *describe(const device_row *row, int32_t has_twin) {
    char origin[ROWS_HEX_SIZE(ROWS_ORIGIN_SIZE)];
    char invite[ROWS_HEX_SIZE(ROWS_ID_SIZE)];
    rows_hex(origin, row->origin, ROWS_ORIGIN_SIZE);
    rows_hex(invite, row->invite, ROWS_ID_SIZE);
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:s, s:s, s:b}", "device", origin,
                     "name", row->name, "group", row->group, "state", rows_device_state(row->state),
                     "enrolled_ns", moment_json(row->enrolled_ns), "expires_ns",
                     moment_json(row->expires_ns), "invite", invite, "changed_by", row->changed_by,
                     "reason", row->reason, "version", row->version, "same_name", has_twin);
}

typedef struct page {
    const sorted *table;
    uint32_t at, end; /* rows it may hold */
    json_t *list;
    size_t size;
} page;

static int32_t page_begin(const kinmu_call *call, const sorted *table, page *p, kinmu_err *err) {
    uint8_t key[ROWS_KEY_SIZE];
    memset(p, 0, sizeof *p);
    p->table = table;
    if (call->value_count > 0 && call->values[0].type == KINMU_TYPE_TEXT) {
        if (!rows_unhex(key, table->key_size, call->values[0].as.text, call->values[0].size)) {
            return ingest_fail(err, KINMU_E_REJECT, "list.after", "after is no page's next");
        }
        p->at = sorted_after(table, key);
    }
    p->end = table->count - p->at > PAGE_MAX ? p->at + PAGE_MAX : table->count;
    p->list = json_array();
    return p->list != NULL ? KINMU_OK : ingest_fail(err, KINMU_E_NOMEM, "memory", "no memory");
}

static int32_t page_is_full(const page *p) {
    return p->at == p->end || p->size >= PAGE_BYTES_MAX;
}

static void page_add(page *p, json_t *row) {
    p->size += json_dumpb(row, NULL, 0, JSON_COMPACT) + 1;
    json_array_append_new(p->list, row);
    p->at++;
}

/* Items begin with their keys: the last one's says where the next page begins. */
static int32_t page_answer(ingest *in, const kinmu_call *call, page *p, kinmu_err *err) {
    char next[ROWS_HEX_SIZE(ROWS_KEY_SIZE)] = "";
    if (p->at < p->table->count) {
        rows_hex(next, p->table->items[p->at - 1], p->table->key_size);
    }
    char *text = json_dumps(p->list, JSON_COMPACT);
    json_decref(p->list);
    if (text == NULL) {
        return ingest_fail(err, KINMU_E_NOMEM, "memory", "no memory for the list");
    }
    const kinmu_value values[] = {kinmu_text(text),
                                  next[0] != '\0' ? kinmu_text(next) : kinmu_null()};
    (void)in->calls->answer(in->host, call->id, KINMU_OK, values, 2, "");
    free(text);
    return KINMU_OK;
}

static int32_t list_devices(ingest *in, const kinmu_call *call, kinmu_err *err) {
    page p;
    page_names names;
    if (page_begin(call, &in->devices, &p, err) != KINMU_OK) {
        return KINMU_E_REJECT;
    }
    count_names(in, p.at, p.end, &names);
    while (!page_is_full(&p)) {
        const device_row *row = in->devices.items[p.at];
        page_add(&p, describe(row, find_name(&names, row->name)->bearers > 1));
    }
    return page_answer(in, call, &p, err);
}

static int32_t list_invites(ingest *in, const kinmu_call *call, kinmu_err *err) {
    page p;
    if (page_begin(call, &in->invites, &p, err) != KINMU_OK) {
        return KINMU_E_REJECT;
    }
    while (!page_is_full(&p)) {
        page_add(&p, invites_describe(in, in->invites.items[p.at]));
    }
    return page_answer(in, call, &p, err);
}

/* ---- revoke, readmit ---- */

typedef struct caller {
    uint64_t call;
} caller;

static void answer_state(ingest *in, void *user, int32_t status, const device_row *row,
                         const kinmu_err *err) {
    caller *who = user;
    char origin[ROWS_HEX_SIZE(ROWS_ORIGIN_SIZE)];
    if (row == NULL) {
        (void)in->calls->answer(in->host, who->call, status != KINMU_OK ? status : KINMU_E_RETRY,
                                NULL, 0, err->msg);
    } else {
        rows_hex(origin, row->origin, ROWS_ORIGIN_SIZE);
        const kinmu_value values[] = {kinmu_text(origin), kinmu_text(row->name),
                                      kinmu_text(rows_device_state(row->state))};
        (void)in->calls->answer(in->host, who->call, KINMU_OK, values, 3, "");
    }
    free(who);
}

static void take_word(const kinmu_call *call, uint32_t index, char *to, size_t size) {
    int32_t is_there = index < call->value_count && call->values[index].type == KINMU_TYPE_TEXT;
    rows_copy(to, size, is_there ? call->values[index].as.text : "",
              is_there ? call->values[index].size : 0);
}

static int32_t set_state(ingest *in, const kinmu_call *call, int32_t state, kinmu_err *err) {
    char word[WORD_SIZE];
    char reason[ROWS_REASON_SIZE];
    take_word(call, 0, word, sizeof word);
    take_word(call, 1, reason, sizeof reason);
    const device_row *row = device_by_word(in, word, err);
    if (row == NULL) {
        return KINMU_E_NOTFOUND;
    }
    caller *who = calloc(1, sizeof *who);
    if (who == NULL) {
        return KINMU_E_NOMEM;
    }
    who->call = call->id;
    device_set_state(in, row->public_key, state, call->caller, reason, answer_state, who);
    return KINMU_OK;
}

int32_t ingest_call(void *instance, const kinmu_call *call, kinmu_err *err) {
    ingest *in = instance;
    if (!in->is_running || !in->is_loaded) {
        return ingest_fail(err, KINMU_E_RETRY, "ingest.starting",
                           "the hub is not ready; see kinmu status");
    }
    switch (call->command) {
    case COMMAND_INVITE:
        return invites_make(in, call, err);
    case COMMAND_INVITES:
        return list_invites(in, call, err);
    case COMMAND_CANCEL:
        return invites_cancel(in, call, err);
    case COMMAND_DEVICES:
        return list_devices(in, call, err);
    case COMMAND_REVOKE:
        return set_state(in, call, DEVICE_REVOKED, err);
    default:
        return set_state(in, call, DEVICE_ACTIVE, err);
    }
}

/* kinmu/testkit/jobs.h - work/1 and what may be used in a job only: kv/1, secret/1, records/1; then
 * commands in both directions, calls/1. Part of kinmu/testkit.h. */
#ifndef KINMU_TESTKIT_JOBS_H
#define KINMU_TESTKIT_JOBS_H

#include <kinmu/testkit/turns.h>

#ifdef __cplusplus
extern "C" {
#endif

static inline int32_t tk_submit(const kinmu_host *host, kinmu_job_fn job, kinmu_job_done_fn done,
                                void *user) {
    testkit *kit = tk_kit(host);
    testkit_later item;
    uint32_t jobs = 0;
    memset(&item, 0, sizeof item);
    item.job = job;
    item.job_done = done;
    item.user = user;
    for (const testkit_later *at = kit->later; at != NULL; at = at->next) {
        jobs += at->job_done != NULL;
    }
    int32_t status = tk_need_turn(kit, "work/1 submit outside a turn");
    return status != KINMU_OK       ? status
           : jobs >= KINMU_JOBS_MAX ? KINMU_E_BUSY
                                    : tk_later(kit, &item);
}

static inline testkit_pair *tk_pair(testkit_pair *pairs, const char *key) {
    for (uint32_t i = 0; i < TESTKIT_KEYS_MAX; i++) {
        if (strcmp(pairs[i].key, key) == 0) {
            return &pairs[i];
        }
    }
    return NULL;
}

static inline int32_t tk_pair_put(testkit_pair *pairs, const char *key, const void *data,
                                  uint32_t size) {
    testkit_pair *pair = tk_pair(pairs, key);
    pair = pair == NULL ? tk_pair(pairs, "") : pair;
    if (pair == NULL || key[0] == '\0' || strlen(key) > KINMU_KV_KEY_BYTES_MAX ||
        size > KINMU_KV_VALUE_BYTES_MAX) {
        return KINMU_E_REJECT;
    }
    pair->data = tk_resized(pair->data, size + 1);
    memcpy(pair->data, data, size);
    ((char *)pair->data)[size] = '\0';
    pair->size = size;
    tk_say(pair->key, sizeof pair->key, "%s", key);
    return KINMU_OK;
}

/* Copies a value and its NUL where `extra` is 1. */
static inline int32_t tk_pair_get(testkit_pair *pairs, const char *key, void *data, uint32_t *size,
                                  uint32_t extra) {
    const testkit_pair *pair = key[0] == '\0' ? NULL : tk_pair(pairs, key);
    if (pair == NULL) {
        return KINMU_E_NOTFOUND;
    }
    uint32_t room = *size;
    *size = pair->size;
    if (room < pair->size + extra) {
        return KINMU_E_REJECT;
    }
    memcpy(data, pair->data, pair->size + extra);
    return KINMU_OK;
}

static inline int32_t tk_kv_get(const kinmu_host *host, const char *key, void *data,
                                uint32_t *size) {
    testkit *kit = tk_kit(host);
    int32_t status = tk_need_job(kit, "kv/1 get outside a job");
    return status == KINMU_OK ? tk_pair_get(kit->kv, key, data, size, 0) : status;
}

static inline int32_t tk_kv_put(const kinmu_host *host, const char *key, const void *data,
                                uint32_t size) {
    testkit *kit = tk_kit(host);
    int32_t status = tk_need_job(kit, "kv/1 put outside a job");
    return status == KINMU_OK ? tk_pair_put(kit->kv, key, data, size) : status;
}

static inline int32_t tk_kv_remove(const kinmu_host *host, const char *key) {
    testkit *kit = tk_kit(host);
    int32_t status = tk_need_job(kit, "kv/1 remove outside a job");
    testkit_pair *pair = key[0] == '\0' ? NULL : tk_pair(kit->kv, key);
    if (status == KINMU_OK && pair != NULL) {
        free(pair->data);
        memset(pair, 0, sizeof *pair);
    }
    return status;
}

static inline int32_t tk_secret_get(const kinmu_host *host, const char *handle, char *data,
                                    uint32_t *size) {
    testkit *kit = tk_kit(host);
    int32_t status = tk_need_job(kit, "secret/1 get outside a job");
    return status == KINMU_OK ? tk_pair_get(kit->secrets, handle, data, size, 1) : status;
}

/* What secret/1 answers for an option's text; and a kv value from the test's side. */
static inline int32_t testkit_set_secret(testkit *kit, const char *handle, const char *secret) {
    return tk_pair_put(kit->secrets, handle, secret, (uint32_t)strlen(secret));
}

static inline int32_t testkit_set_kv(testkit *kit, const char *key, const void *data,
                                     uint32_t size) {
    return tk_pair_put(kit->kv, key, data, size);
}

/* Value of a stamp or field by name; 0 when there is no such field. */
static inline int32_t tk_column(const kinmu_schema *schema, const kinmu_event *row,
                                const char *name, kinmu_value *value) {
    *value = kinmu_null();
    if (strcmp(name, "subject") == 0) {
        *value = kinmu_text(row == NULL ? "" : row->subject);
        return 1;
    }
    if (strcmp(name, "unix_ns") == 0) {
        *value = kinmu_time(row == NULL ? 0 : row->unix_ns);
        return 1;
    }
    if (strcmp(name, "sequence") == 0 || strcmp(name, "block") == 0) {
        uint64_t number = row == NULL ? 0 : name[0] == 's' ? row->sequence : row->block;
        *value = kinmu_i64((int64_t)number);
        return 1;
    }
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        kinmu_field field;
        testkit_table_row(&schema->fields, i, &field, sizeof field);
        if (strcmp(field.name, name) == 0) {
            *value = row != NULL && i < row->value_count ? row->values[i] : kinmu_null();
            return 1;
        }
    }
    return 0;
}

/* <0, 0, >0; texts and bytes bytewise, numbers by value. */
static inline int tk_compare(const kinmu_value *a, const kinmu_value *b) {
    if (a->type == KINMU_TYPE_TEXT || a->type == KINMU_TYPE_BYTES) {
        uint32_t size = a->size < b->size ? a->size : b->size;
        int order = memcmp(a->as.bytes, b->as.bytes, size);
        return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
    }
    if (a->type == KINMU_TYPE_F64) {
        return (a->as.f64 > b->as.f64) - (a->as.f64 < b->as.f64);
    }
    return (a->as.i64 > b->as.i64) - (a->as.i64 < b->as.i64);
}

static inline int32_t tk_filter_holds(const kinmu_schema *schema, const kinmu_event *row,
                                      const kinmu_filter *filter) {
    kinmu_value value;
    (void)tk_column(schema, row, filter->field, &value);
    if (value.type == KINMU_TYPE_NULL || filter->value.type == KINMU_TYPE_NULL) {
        return value.type == filter->value.type && filter->compare == KINMU_COMPARE_EQUAL;
    }
    int order = tk_compare(&value, &filter->value);
    switch (filter->compare) {
    case KINMU_COMPARE_EQUAL:
        return order == 0;
    case KINMU_COMPARE_LESS:
        return order < 0;
    case KINMU_COMPARE_LESS_EQUAL:
        return order <= 0;
    case KINMU_COMPARE_GREATER:
        return order > 0;
    default:
        return order >= 0;
    }
}

static inline int32_t tk_query(const kinmu_host *host, const kinmu_query *query, kinmu_row_fn row,
                               void *user) {
    testkit *kit = tk_kit(host);
    kinmu_schema_use use;
    kinmu_value ignored;
    int32_t status = tk_need_job(kit, "records/1 query outside a job");
    if (status != KINMU_OK) {
        return status;
    }
    if (query->schema >= kit->plugin.schemas.count || query->limit == 0 ||
        query->limit > KINMU_RECORDS_PAGE_MAX) {
        return KINMU_E_REJECT;
    }
    testkit_table_row(&kit->plugin.schemas, query->schema, &use, sizeof use);
    if (use.schema == NULL || (use.flags & KINMU_ACCEPTS) == 0) {
        return KINMU_E_DENIED;
    }
    for (uint32_t i = 0; i < query->filter_count; i++) {
        if (!tk_column(use.schema, NULL, query->filters[i].field, &ignored)) {
            return KINMU_E_NOTFOUND;
        }
    }
    uint64_t skip = query->offset;
    uint32_t given = 0;
    for (uint32_t i = 0; i < kit->row_count && given < query->limit; i++) {
        int32_t wanted = kit->rows[i]->schema == query->schema;
        for (uint32_t f = 0; wanted && f < query->filter_count; f++) {
            wanted = tk_filter_holds(use.schema, kit->rows[i], &query->filters[f]);
        }
        if (wanted && skip > 0) {
            skip--;
        } else if (wanted) {
            given++;
            if (row(user, kit->rows[i]) != 0) {
                break;
            }
        }
    }
    return KINMU_OK;
}

static inline void tk_keep_answer(testkit *kit, testkit_answer *answer, int32_t status,
                                  const kinmu_value *values, uint32_t count, const char *text) {
    tk_lock(kit);
    answer->status = status;
    answer->values = tk_copy_values(kit, values, count);
    answer->value_count = count;
    answer->text = tk_text(kit, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
    answer->done = 1;
    tk_unlock(kit);
}

static inline int32_t tk_answer(const kinmu_host *host, uint64_t id, int32_t status,
                                const kinmu_value *values, uint32_t count, const char *text) {
    testkit *kit = tk_kit(host);
    if (id == kit->call_id && !kit->reply.done) {
        tk_keep_answer(kit, &kit->reply, status, values, count, text);
    }
    return KINMU_OK;
}

/* Sends a command to the plugin and turns until nothing is left to do. Returns the status answered
 * (kit->reply has the values); E_RETRY while kit->reply.done is 0, then run on and look again. */
static inline int32_t testkit_call(testkit *kit, const char *command, const kinmu_value *values,
                                   uint32_t count) {
    kinmu_call call;
    kinmu_command row;
    memset(&call, 0, sizeof call);
    memset(&kit->reply, 0, sizeof kit->reply);
    memset(&row, 0, sizeof row);
    call.struct_size = sizeof call;
    call.id = ++kit->next_id;
    call.caller = "os:test";
    call.rights = KINMU_RIGHTS_ALL;
    call.values = values;
    call.value_count = count;
    for (; call.command < kit->plugin.commands.count; call.command++) {
        testkit_table_row(&kit->plugin.commands, call.command, &row, sizeof row);
        if (strcmp(row.name, command) == 0) {
            break;
        }
    }
    if (kit->plugin.call == NULL || call.command == kit->plugin.commands.count) {
        return KINMU_E_NOTFOUND;
    }
    for (uint32_t i = 0; i < row.input.count; i++) {
        kinmu_field field;
        kinmu_value value = i < count ? values[i] : kinmu_null();
        testkit_table_row(&row.input, i, &field, sizeof field);
        if (count > row.input.count || tk_value_fault(&field, &value) != NULL) {
            return KINMU_E_REJECT;
        }
    }
    kit->call_id = call.id;
    int32_t status = kit->plugin.call(kit->instance, &call, &kit->err);
    if (status != KINMU_OK && !kit->reply.done) {
        tk_keep_answer(kit, &kit->reply, status, NULL, 0, kit->err.msg);
    }
    testkit_settle(kit);
    return kit->reply.done ? kit->reply.status : KINMU_E_RETRY;
}

/* A call sent by the plugin reaches kit->peer in a later turn, its answer comes one turn after. */
static inline void tk_ask_peer(testkit *kit, testkit_later *item) {
    testkit_answer answer;
    testkit_later later = *item;
    memset(&answer, 0, sizeof answer);
    answer.text = "no such instance";
    later.status = KINMU_E_NOTFOUND;
    if (kit->peer != NULL) {
        later.status = kit->peer(kit->peer_user, item->text, item->command, item->values,
                                 item->value_count, &answer);
    }
    tk_keep_answer(kit, &answer, later.status, answer.values, answer.value_count, answer.text);
    later.run = NULL;
    later.values = answer.values;
    later.value_count = answer.value_count;
    later.text = answer.text;
    (void)tk_later(kit, &later);
}

static inline int32_t tk_send(const kinmu_host *host, const char *instance, const char *command,
                              const kinmu_value *values, uint32_t count, kinmu_answer_fn answer,
                              void *user) {
    testkit *kit = tk_kit(host);
    testkit_later item;
    int32_t status = tk_need_turn(kit, "calls/1 send outside a turn");
    if (status != KINMU_OK) {
        return status;
    }
    memset(&item, 0, sizeof item);
    item.run = tk_ask_peer;
    item.answer = answer;
    item.user = user;
    tk_lock(kit);
    item.command = tk_text(kit, command, strlen(command));
    item.text = tk_text(kit, instance, strlen(instance));
    item.values = tk_copy_values(kit, values, count);
    tk_unlock(kit);
    item.value_count = count;
    return tk_later(kit, &item);
}

#ifdef __cplusplus
}
#endif
#endif

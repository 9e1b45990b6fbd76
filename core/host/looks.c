/* host/looks.c - see looks.h. */
#include "host/looks.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include <kinmu/events/people.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MASTER_DATA "people"
#define MAY_LOOK "access_use"

uint32_t looks_privacy(const kinmu_command *command) {
    uint32_t highest = KINMU_PRIVACY_NONE;
    for (uint32_t i = 0; i < command->output.count; i++) {
        kinmu_field field;
        schema_table_row(&command->output, i, &field, sizeof field);
        highest = field.privacy > highest ? field.privacy : highest;
    }
    return highest;
}

/* ---- a node without the master data ---- */

#define SETTING "operator.access"
#define OPEN "open"
#define DATE_SIZE 11

/* Grants are written down where `people` runs. Elsewhere a company that wants to be asked is not,
 * so nobody looks there; where it stands open nobody has to ask. */
typedef struct elsewhere {
    uv_work_t work;
    node *n;
    call_answer_fn answer;
    void *user;
    char today[DATE_SIZE];
    char since[DATE_SIZE]; /* of the setting in force */
    int32_t is_open;
    int32_t status;
    kinmu_err err; /* of reading it */
} elsewhere;

static int32_t take_setting(void *user, const kinmu_event *row) {
    elsewhere *e = user;
    const kinmu_value *from = &row->values[KINMU_PEOPLE_SETTING_FROM_DATE];
    const kinmu_value *value = &row->values[KINMU_PEOPLE_SETTING_VALUE];
    char date[DATE_SIZE];
    if (row->value_count < KINMU_PEOPLE_SETTING_FIELDS || from->type != KINMU_TYPE_TEXT ||
        value->type != KINMU_TYPE_TEXT || from->size >= sizeof date) {
        return KINMU_E_REJECT;
    }
    memcpy(date, from->as.text, from->size);
    date[from->size] = '\0';
    if (strcmp(date, e->today) <= 0 && strcmp(date, e->since) >= 0) {
        memcpy(e->since, date, sizeof date);
        e->is_open = value->size == strlen(OPEN) && memcmp(value->as.text, OPEN, strlen(OPEN)) == 0;
    }
    return KINMU_OK;
}

static void read_setting(uv_work_t *work) {
    elsewhere *e = work->data;
    const char *schema = "kinmu.people.setting/1";
    const schema_info *info = schema_registry_find(e->n->schemas, schema, strlen(schema));
    const kinmu_filter filters[] = {{"scope", KINMU_COMPARE_EQUAL, 0, kinmu_text("company")},
                                    {"name", KINMU_COMPARE_EQUAL, 0, kinmu_text(SETTING)}};
    const kinmu_query query = {.struct_size = sizeof query,
                               .filters = filters,
                               .filter_count = 2,
                               .limit = KINMU_RECORDS_PAGE_MAX};
    store_reader *reader = NULL;
    if (info == NULL) {
        return; /* no plugin of this node knows master data: there is none in its store */
    }
    e->status = store_reader_open(e->n->data, e->n->schemas, &reader, &e->err);
    if (e->status == KINMU_OK) {
        e->status = store_query(reader, info, &query, take_setting, e, &e->err);
    }
    store_reader_close(reader);
}

static void on_setting(uv_work_t *work, int status) {
    elsewhere *e = work->data;
    if (e->status != KINMU_OK) {
        char text[KINMU_ERR_MSG_SIZE];
        char why[KINMU_ERR_MSG_SIZE / 2];
        text_copy(why, sizeof why, e->err.msg);
        (void)snprintf(
            text, sizeof text,
            "閲覧に許可が要るか（operator.access）を読めません / whether who looks needs "
            "leave (operator.access) cannot be read: %s",
            why);
        e->answer(e->user, e->status, NULL, 0, text);
        free(e);
        return;
    }
    int32_t may_look = status == 0 && e->is_open;
    e->answer(e->user, may_look ? KINMU_OK : KINMU_E_DENIED, NULL, 0,
              may_look
                  ? ""
                  : "閲覧には管理者の許可が要ります（operator.access）。許可を確かめられるのは "
                    "people が動くノードだけです。そちらで実行してください / who looks needs an "
                    "administrator's leave (operator.access), which is known where people runs; "
                    "do it on that node");
    free(e);
}

static int32_t ask_store(node *n, call_answer_fn answer, void *user, kinmu_err *err) {
    char now[64];
    int64_t unix_ns = clock_unix_ns();
    elsewhere *e = calloc(1, sizeof *e);
    if (e == NULL) {
        return error_set(err, KINMU_E_NOMEM, "look.memory", "no memory for the call");
    }
    *e = (elsewhere){.n = n, .answer = answer, .user = user, .is_open = 1};
    text_time(now, sizeof now, unix_ns, clock_utc_offset_s(unix_ns));
    memcpy(e->today, now, DATE_SIZE - 1);
    e->work.data = e;
    if (uv_queue_work(&n->loop, &e->work, read_setting, on_setting) != 0) {
        free(e);
        return error_set(err, KINMU_E_RETRY, "look.thread", "no thread for the call; try again");
    }
    return 1;
}

int32_t looks_ask(node *n, const char *caller, const char *what, const char *person,
                  call_answer_fn answer, void *user, kinmu_err *err) {
    const kinmu_behalf whose = {(uint32_t)sizeof whose, KINMU_RIGHTS_ALL, caller};
    const kinmu_value values[] = {kinmu_text(what),
                                  person[0] != '\0' ? kinmu_text(person) : kinmu_null()};
    for (const instance *i = n->instances; i != NULL; i = i->next) {
        if (strcmp(i->entry->plugin->name, MASTER_DATA) == 0) {
            int32_t status =
                calls_send(n, &whose, i->name, MAY_LOOK, values, 2, answer, user, NULL, err);
            return status == KINMU_OK ? 1 : status;
        }
    }
    return n->tables != NULL ? ask_store(n, answer, user, err) : 0;
}

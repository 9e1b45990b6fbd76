/* cli/status_hub.c - `kinmu status --hub`: one page on a hub's devices for the person who looks
 * after them, or JSON for programs. Who the devices are is asked of the instance "ingest"; what
 * came of them, and when, is read from the journal. Nothing is changed. */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/status.h"
#include "host/control.h"
#include "journal/transfer.h"
#include "trust/files.h"
#include "trust/hub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_NS (INT64_C(86400) * CLOCK_NS_PER_S)
#define SILENT_NS (7 * DAY_NS)                       /* a week away is more than a weekend */
#define EXPIRING_NS (14 * DAY_NS)                    /* it should have been renewed by itself */
#define CLOCK_OFF_NS (INT64_C(300) * CLOCK_NS_PER_S) /* as uplink says it */
#define BEHIND_NS (INT64_C(3600) * CLOCK_NS_PER_S)
#define ROWS_SHOWN_MAX 40u
#define PAGES_MAX 1000u
#define MINUTE_CHARS 16u /* of "2026-11-22T15:00:00…" */

/* What is wrong with a device, worst first: the order of the list. */
#define STOPPED 1u
#define NEVER 2u
#define EXPIRED 4u
#define SILENT 8u
#define CLOCK_OFF 16u
#define BEHIND 32u
#define EXPIRING 64u
#define SAME_NAME 128u
static const char *const flag_names[] = {"stopped",   "never_heard", "expired",  "silent",
                                         "clock_off", "behind",      "expiring", "same_name"};
#define FLAG_COUNT (sizeof flag_names / sizeof flag_names[0])

typedef struct device_row {
    uint8_t origin[TRUST_ORIGIN_SIZE];
    char name[128];
    char group[128];
    char state[32];
    char version[64];
    char reason[256];
    int64_t expires_ns;
    int64_t received_ns; /* by the hub's clock; 0 = never */
    int64_t complete_ns; /* everything up to then is here */
    int64_t ahead_ns;    /* its clock against the hub's when it was last heard */
    uint64_t blocks, unsent;
    uint32_t flags;
} device_row;

typedef struct hub_page {
    device_row *rows;
    size_t count, room;
    int64_t now_ns;
    int64_t server_until_ns; /* 0 = a certificate of the company's own, or none */
} hub_page;

/* ---- who they are ---- */

static int take_row(hub_page *page, const config_node *from) {
    if (page->count == page->room) {
        size_t room = page->room > 0 ? 2 * page->room : 256;
        device_row *rows = realloc(page->rows, room * sizeof *rows);
        if (rows == NULL) {
            return KINMU_E_NOMEM;
        }
        page->rows = rows;
        page->room = room;
    }
    device_row *row = &page->rows[page->count];
    memset(row, 0, sizeof *row);
    if (text_unhex(row->origin, sizeof row->origin, cli_reply_text(from, "device")) != KINMU_OK) {
        return KINMU_OK;
    }
    text_copy(row->name, sizeof row->name, cli_reply_text(from, "name"));
    text_copy(row->group, sizeof row->group, cli_reply_text(from, "group"));
    text_copy(row->state, sizeof row->state, cli_reply_text(from, "state"));
    text_copy(row->version, sizeof row->version, cli_reply_text(from, "version"));
    text_copy(row->reason, sizeof row->reason, cli_reply_text(from, "reason"));
    row->expires_ns = cli_reply_moment(from, "expires_ns");
    row->flags = strcmp(row->state, "active") != 0 ? STOPPED : 0;
    row->flags |= strcmp(cli_reply_text(from, "same_name"), "true") == 0 ? SAME_NAME : 0;
    page->count++;
    return KINMU_OK;
}

/* One page of the list; `after` becomes the next one's place, "" at the end. */
static int32_t ask_page(const char *data, char after[256], hub_page *page, kinmu_err *err) {
    char question[320];
    buffer answer = {0};
    snprintf(question, sizeof question, "ingest\ndevices%s%s", after[0] != '\0' ? "\nafter=" : "",
             after);
    int32_t status = control_request(data, "call", question, &answer, err);
    cli_reply reply = cli_reply_read(buffer_string(&answer), status == KINMU_OK ? answer.size : 0);
    const char *list = cli_reply_text(reply.root, "devices");
    cli_reply rows = cli_reply_read(list, strlen(list));
    for (uint32_t i = 0; status == KINMU_OK && rows.root != NULL && i < rows.root->child_count;
         i++) {
        status = take_row(page, rows.root->children[i]);
    }
    text_copy(after, 256, cli_reply_text(reply.root, "next"));
    cli_reply_free(&rows);
    cli_reply_free(&reply);
    buffer_free(&answer);
    return status;
}

static int32_t ask_devices(const char *data, hub_page *page, kinmu_err *err) {
    char after[256] = "";
    int32_t status = ask_page(data, after, page, err);
    for (uint32_t i = 1; status == KINMU_OK && after[0] != '\0' && i < PAGES_MAX; i++) {
        status = ask_page(data, after, page, err);
    }
    return status;
}

/* ---- what came of them ---- */

static int by_origin(const void *a, const void *b) {
    const device_row *left = a;
    const device_row *right = b;
    return memcmp(left->origin, right->origin, sizeof left->origin);
}

static int32_t take_standing(void *user, const journal_origin_row *from) {
    hub_page *page = user;
    device_row key;
    memcpy(key.origin, from->origin, sizeof key.origin);
    device_row *row =
        page->count > 0 ? bsearch(&key, page->rows, page->count, sizeof key, by_origin) : NULL;
    if (row != NULL && from->contact.received_unix_ns != 0) {
        row->received_ns = from->contact.received_unix_ns;
        row->complete_ns = from->contact.heard_unix_ns;
        row->unsent = from->contact.unsent;
        row->blocks = from->head.chain;
        row->ahead_ns = from->head_unix_ns - from->contact.received_unix_ns;
    }
    return KINMU_OK;
}

static void judge(device_row *row, int64_t now_ns) {
    if (row->flags & STOPPED) {
        return; /* nothing else about it asks for anything */
    }
    row->flags |= row->received_ns == 0 ? NEVER : 0;
    row->flags |= row->expires_ns <= now_ns ? EXPIRED : 0;
    row->flags |= row->expires_ns > now_ns && row->expires_ns - now_ns < EXPIRING_NS ? EXPIRING : 0;
    if (row->received_ns != 0) {
        row->flags |= now_ns - row->received_ns > SILENT_NS ? SILENT : 0;
        row->flags |= llabs(row->ahead_ns) > CLOCK_OFF_NS ? CLOCK_OFF : 0;
        row->flags |=
            row->unsent > 0 && row->received_ns - row->complete_ns > BEHIND_NS ? BEHIND : 0;
    }
}

static uint32_t worst(uint32_t flags) {
    return flags == 0 ? UINT32_MAX : flags & (~flags + 1);
}

static int by_need(const void *a, const void *b) {
    const device_row *left = a;
    const device_row *right = b;
    if (worst(left->flags) != worst(right->flags)) {
        return worst(left->flags) < worst(right->flags) ? -1 : 1;
    }
    int names = strcmp(left->name, right->name);
    return names != 0 ? names : by_origin(a, b);
}

static int32_t collect(const char *data, hub_page *page, kinmu_err *err) {
    char path[TRUST_PATH_SIZE];
    buffer pem = {0};
    trust_facts facts;
    kinmu_err ignored = {{0}, {0}};
    int32_t status = ask_devices(data, page, err);
    if (status == KINMU_OK && page->count > 0) {
        qsort(page->rows, page->count, sizeof *page->rows, by_origin);
        status = journal_origins(data, take_standing, page, err);
    }
    page->now_ns = clock_unix_ns();
    for (size_t i = 0; i < page->count; i++) {
        judge(&page->rows[i], page->now_ns);
    }
    if (page->count > 0) {
        qsort(page->rows, page->count, sizeof *page->rows, by_need);
    }
    if (trust_path(path, data, TRUST_HUB_FOLDER, TRUST_HUB_SERVER, &ignored) == KINMU_OK &&
        trust_read_file(path, &pem, &ignored) == KINMU_OK &&
        trust_read(pem.data, pem.size, &facts, &ignored) == KINMU_OK) {
        page->server_until_ns = facts.to_ns;
    }
    buffer_free(&pem);
    return status;
}

/* ---- for people ---- */

/* "2026-11-22 15:00" here. */
static const char *moment(int64_t unix_ns, char text[64]) {
    if (unix_ns == 0) {
        return "-";
    }
    text_time(text, 64, unix_ns, clock_utc_offset_s(unix_ns));
    text[10] = ' ';
    text[MINUTE_CHARS] = '\0';
    return text;
}

static void print_reasons(const device_row *row, int64_t now_ns) {
    if (row->flags & STOPPED) {
        printf("    停止 / %s%s%s\n", row->state, row->reason[0] != '\0' ? ": " : "", row->reason);
    }
    if (row->flags & NEVER) {
        printf("    まだ何も届いていない / nothing arrived yet\n");
    }
    if (row->flags & EXPIRED) {
        printf("    証明書の期限切れ。再登録が要る / certificate expired: enrol again\n");
    }
    if (row->flags & SILENT) {
        printf("    %lld 日間連絡なし / silent for that many days\n",
               (long long)((now_ns - row->received_ns) / DAY_NS));
    }
    if (row->flags & CLOCK_OFF) {
        printf("    時計が %lld 秒ずれている / clock off by seconds (+ ahead)\n",
               (long long)(row->ahead_ns / CLOCK_NS_PER_S));
    }
    if (row->flags & BEHIND) {
        printf("    未送信 %llu ブロック / blocks still to come\n",
               (unsigned long long)row->unsent);
    }
    if (row->flags & EXPIRING) {
        printf("    証明書が更新されていない / certificate about to expire, not renewed\n");
    }
    if (row->flags & SAME_NAME) {
        printf("    同じ名前の端末が他にもある / another device has the same name\n");
    }
}

static void print_rows(const hub_page *page) {
    char received[64];
    char complete[64];
    char until[64];
    size_t shown = page->count < ROWS_SHOWN_MAX ? page->count : ROWS_SHOWN_MAX;
    printf("\n  %-8s  %-24s %-12s %-16s  %-16s  %-16s\n", "device", "名前 / name", "状態 / state",
           "受信 / received", "完全 / complete", "期限 / until");
    for (size_t i = 0; i < shown; i++) {
        const device_row *row = &page->rows[i];
        char origin[2 * TRUST_ORIGIN_SIZE + 1];
        text_hex(origin, row->origin, sizeof row->origin);
        printf("  %.8s  %-24s %-12s %-16s  %-16s  %-16s\n", origin, row->name, row->state,
               moment(row->received_ns, received), moment(row->complete_ns, complete),
               moment(row->expires_ns, until));
        print_reasons(row, page->now_ns);
    }
    if (shown < page->count) {
        printf("  … 他 %zu 台は --json で / and %zu more: --json\n", page->count - shown,
               page->count - shown);
    }
}

static void print_page(const hub_page *page, const config_node *answer) {
    size_t counts[FLAG_COUNT] = {0};
    size_t well = 0;
    char text[64];
    for (size_t i = 0; i < page->count; i++) {
        well += page->rows[i].flags == 0;
        for (size_t f = 0; f < FLAG_COUNT; f++) {
            counts[f] += (page->rows[i].flags >> f) & 1u;
        }
    }
    status_print_head(answer);
    printf("サーバー証明書 / server certificate until: %s%s\n", moment(page->server_until_ns, text),
           page->server_until_ns != 0 && page->server_until_ns - page->now_ns < EXPIRING_NS
               ? "  注意 / attention"
               : "");
    printf("端末 / devices: %zu, 良好 / well: %zu", page->count, well);
    for (size_t f = 0; f < FLAG_COUNT; f++) {
        if (counts[f] > 0) {
            printf(", %s: %zu", flag_names[f], counts[f]);
        }
    }
    putchar('\n');
    if (page->count > 0) {
        print_rows(page);
    }
}

/* ---- for programs ---- */

static void write_text(buffer *out, const char *key, const char *text) {
    buffer_printf(out, ",\"%s\":", key);
    text_json(out, text, strlen(text));
}

static void write_row(buffer *out, const device_row *row) {
    char origin[2 * TRUST_ORIGIN_SIZE + 1];
    int is_first = 1;
    text_hex(origin, row->origin, sizeof row->origin);
    buffer_printf(out, "{\"device\":\"%s\"", origin);
    write_text(out, "name", row->name);
    write_text(out, "group", row->group);
    write_text(out, "state", row->state);
    write_text(out, "reason", row->reason);
    write_text(out, "version", row->version);
    buffer_printf(out,
                  ",\"received_ns\":%lld,\"complete_ns\":%lld,\"clock_ahead_ns\":%lld"
                  ",\"blocks\":%llu,\"unsent_blocks\":%llu,\"certificate_until_ns\":%lld"
                  ",\"attention\":[",
                  (long long)row->received_ns, (long long)row->complete_ns,
                  (long long)row->ahead_ns, (unsigned long long)row->blocks,
                  (unsigned long long)row->unsent, (long long)row->expires_ns);
    for (size_t f = 0; f < FLAG_COUNT; f++) {
        if ((row->flags >> f) & 1u) {
            buffer_printf(out, "%s\"%s\"", is_first ? "" : ",", flag_names[f]);
            is_first = 0;
        }
    }
    buffer_text(out, "]}");
}

static int write_page(const hub_page *page, const char *json) {
    buffer out = {0};
    size_t size = strcspn(json, "\n");
    buffer_text(&out, "{\"node\":");
    buffer_append(&out, json, size);
    buffer_printf(&out, ",\"server_certificate_until_ns\":%lld,\"devices\":[",
                  (long long)page->server_until_ns);
    for (size_t i = 0; i < page->count; i++) {
        buffer_text(&out, i > 0 ? "," : "");
        write_row(&out, &page->rows[i]);
    }
    buffer_text(&out, "]}\n");
    int code = out.failed == KINMU_OK && fwrite(out.data, 1, out.size, stdout) == out.size
                   ? CLI_OK
                   : CLI_FAILED;
    buffer_free(&out);
    return code;
}

int status_hub(const char *data, const config_node *answer, const char *json, int is_json) {
    hub_page page = {0};
    kinmu_err err = {{0}, {0}};
    int code = CLI_FAILED;
    if (collect(data, &page, &err) != KINMU_OK) {
        fprintf(stderr, "kinmu status: %s\n", err.msg);
    } else if (is_json) {
        code = write_page(&page, json);
    } else {
        print_page(&page, answer);
        code = CLI_OK;
    }
    free(page.rows);
    return code;
}

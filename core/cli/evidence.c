/* cli/evidence.c - `kinmu evidence`: a person's month as one file that proves itself, and the check
 * of such a file.
 *
 * Taking evidence needs the data folder, which belongs to the operator alone. Nothing leaves it
 * before the entry that says so is durable in the journal, under the person's own name: by the
 * daemon when one runs, else by this process.
 */
#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/look.h"
#include "cli/offline.h"
#include "cli/stamp.h"
#include "cli/words.h"
#include "evidence/evidence.h"
#include "host/audit.h"
#include "host/control.h"
#include "journal/journal.h"
#include "platform/platform.h"
#include "trust/files.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LINE_SIZE 1024
#define NAME_SIZE 512
#define MOMENT_SIZE 64

const char cli_evidence_usage[] =
    "usage: kinmu evidence --subject ACCOUNT --month YYYY-MM [--out FILE] [--reason TEXT]\n"
    "       with [--data DIR] [--conf DIR] [--plugins DIR]\n"
    "       kinmu evidence verify FILE [--authority PEM]\n";

static int misused(const char *word) {
    if (word != NULL) {
        fprintf(stderr, "kinmu evidence: \"%s\" is not known here\n", word);
    }
    fputs(cli_evidence_usage, stderr);
    return CLI_USAGE;
}

static int fail(const kinmu_err *err) {
    fprintf(stderr, "kinmu evidence: %s\n", err->msg[0] != '\0' ? err->msg : "out of memory");
    return CLI_FAILED;
}

/* ---- taking ---- */

typedef struct request {
    const char *subject, *month, *out, *reason;
    audit_reading reading;
    char audit_line[LINE_SIZE];
    char out_name[NAME_SIZE];
    evidence_summary summary;
} request;

static int read_words(int argc, char **argv, request *r) {
    int subject = cli_take_option(&argc, argv, "--subject", &r->subject);
    int month = cli_take_option(&argc, argv, "--month", &r->month);
    int out = cli_take_option(&argc, argv, "--out", &r->out);
    int reason = cli_take_option(&argc, argv, "--reason", &r->reason);
    if (subject != 1 || month != 1 || out < 0 || reason < 0 || argc > 1) {
        return misused(argc > 1 ? argv[1] : NULL);
    }
    if (r->out == NULL) {
        snprintf(r->out_name, sizeof r->out_name, "evidence-%s-%s.jsonl", r->subject, r->month);
        for (char *c = r->out_name; *c != '\0'; c++) {
            *c = strchr("/\\:", *c) != NULL ? '_' : *c; /* DOMAIN\account is one file's name */
        }
        r->out = r->out_name;
    }
    return CLI_OK;
}

static int32_t produce(const cli_offline *offline, request *r, buffer *file, kinmu_err *err) {
    char computer[256];
    platform_computer_name(computer, sizeof computer);
    const evidence_wish wish = {.directory = offline->data,
                                .subject = r->subject,
                                .month = r->month,
                                .node = computer,
                                .schemas = offline->schemas};
    int32_t status = evidence_write(&wish, file, &r->summary, err);
    if (status == KINMU_OK) {
        text_copy(r->reading.subject, sizeof r->reading.subject, r->subject);
        text_copy(r->reading.month, sizeof r->reading.month, r->month);
        text_copy(r->reading.reason, sizeof r->reading.reason, r->reason != NULL ? r->reason : "");
        r->reading.rows = r->summary.records;
        status = audit_reading_print(&r->reading, r->audit_line, sizeof r->audit_line, err);
    }
    return status;
}

/* A daemon runs: it writes down what it holds, and later who asked. */
static int32_t take_beside(const cli_offline *offline, request *r, buffer *file, kinmu_err *err) {
    buffer answer = {NULL, 0, 0, 0};
    int32_t status = cli_look(offline->data, "evidence", r->subject, err);
    if (status == KINMU_OK) {
        status = produce(offline, r, file, err);
    }
    if (status == KINMU_OK) {
        status = control_request(offline->data, "audit", r->audit_line, &answer, err);
    }
    buffer_free(&answer);
    return status;
}

static int32_t take_alone(const cli_offline *offline, request *r, buffer *file, kinmu_err *err) {
    const journal_settings settings = {.directory = offline->data};
    journal *j = NULL;
    uint64_t ticket = 0;
    int32_t status = journal_open(&settings, offline->schemas, &j, err);
    if (status == KINMU_OK) {
        status = produce(offline, r, file, err);
    }
    if (status == KINMU_OK) {
        status = audit_note(j, offline->schemas, &r->reading, &ticket, err);
    }
    if (status == KINMU_OK && journal_flush(j) != KINMU_OK) {
        status = KINMU_E_RETRY;
        snprintf(err->msg, sizeof err->msg,
                 "the journal could not write down who asked (disk full?)");
    }
    journal_close(j);
    return status;
}

static void tell_taken(const request *r, size_t size) {
    static const char *const words[] = {
        "チェックポイントなし / no checkpoint yet (checkpoint: in conf.d)",
        "チェックポイントあり / covered by a checkpoint",
        "最新のチェックポイントはこの月をすべては含まない / the newest checkpoint covers a part"};
    printf(
        "証拠ファイルを書きました。中身は本人の記録と鍵です。渡す相手以外に見せないでください。\n"
        "written: %s (%zu bytes): %" PRIu64 " records, %u devices, %" PRIu64 " blocks\n%s\n",
        r->out, size, r->summary.records, r->summary.devices, r->summary.headers,
        words[r->summary.has_checkpoint]);
    if (r->summary.unread > 0) {
        printf("このプログラムが知らない種類の記録 / events of unknown schemas: %" PRIu64 "\n",
               r->summary.unread);
    }
    printf("確認 / check it: kinmu evidence verify %s\n", r->out);
}

static int take(int argc, char **argv) {
    cli_offline offline;
    request r = {0};
    buffer file = {NULL, 0, 0, 0};
    buffer answer = {NULL, 0, 0, 0};
    kinmu_err err = {{0}, {0}};
    int code = cli_offline_load(&argc, argv, 0, &offline);
    if (code == CLI_OK) {
        code = read_words(argc, argv, &r);
    }
    if (code == CLI_OK && trust_exists(r.out)) {
        fprintf(stderr,
                "kinmu evidence: \"%s\" is there already and is not touched; give another "
                "name by --out\n",
                r.out);
        code = CLI_FAILED;
    }
    if (code == CLI_OK) {
        int32_t status = control_request(offline.data, "flush", "", &answer, &err);
        if (status == KINMU_E_NOTFOUND && strcmp(err.key, "door.closed") == 0) {
            status = take_alone(&offline, &r, &file, &err);
        } else if (status == KINMU_OK) {
            status = take_beside(&offline, &r, &file, &err);
        }
        if (status == KINMU_OK) {
            status = platform_write_file(r.out, file.data, file.size, 1, &err);
        }
        code = status == KINMU_OK ? CLI_OK : fail(&err);
    }
    if (code == CLI_OK) {
        tell_taken(&r, file.size);
    }
    buffer_wipe(&file);
    buffer_free(&answer);
    cli_offline_free(&offline);
    return code;
}

/* ---- verifying ---- */

static const char *moment(char text[MOMENT_SIZE], int64_t unix_ns) {
    text_time(text, MOMENT_SIZE, unix_ns, clock_utc_offset_s(unix_ns));
    return text;
}

static void tell_device(const evidence_device *d) {
    char id[2 * sizeof d->origin + 1];
    char when[MOMENT_SIZE];
    text_hex(id, d->origin, sizeof d->origin);
    printf("  端末 / device %s: %" PRIu64 " records, blocks %" PRIu64 " to %" PRIu64 "\n", id,
           d->records, d->first, d->last);
    if (d->signed_unix_ns != 0) {
        printf("    端末の署名 / signed by it up to block %" PRIu64 ", %s\n", d->signed_chain,
               moment(when, d->signed_unix_ns));
    } else {
        printf("    端末の署名なし / not signed by it\n");
    }
    printf("    ハブの副署 / countersigned %s\n", moment(when, d->countersigned_unix_ns));
    if (d->removed > 0) {
        printf("    内容が消去された記録のまとまり / blocks whose content was removed, with signed "
               "tombstones: %" PRIu64 "\n",
               d->removed);
    }
    if (d->restored > 0) {
        printf("    バックアップから復元 / restored from a backup, numbers given up: %" PRIu64
               " times\n",
               d->restored);
    }
    if (d->unsent > 0) {
        printf("    未着 / still on the device when this was made: %" PRIu64 " blocks\n",
               d->unsent);
    }
}

static void tell_whole(const evidence_report *r) {
    char key[2 * sizeof r->hub_key + 1];
    char from[MOMENT_SIZE];
    char to[MOMENT_SIZE];
    printf("正常 / OK: unchanged since the hub made it %s\n", moment(from, r->made_unix_ns));
    printf("対象 / subject \"%s\", %s: %" PRIu64 " records in the month", r->subject, r->month,
           r->in_month);
    if (r->in_month > 0) {
        printf(", %s to %s", moment(from, r->first_unix_ns), moment(to, r->last_unix_ns));
    }
    printf("\n");
    for (uint32_t i = 0; i < r->device_count; i++) {
        tell_device(&r->devices[i]);
    }
    printf("  端末が署名した記録 / records signed by their device: %" PRIu64 " of %" PRIu64 "\n",
           r->signed_records, r->records);
    if (r->checkpoint_unix_ns != 0) {
        printf("  チェックポイント / checkpoint %s: %" PRIu64 " of %" PRIu64 " records\n",
               moment(from, r->checkpoint_unix_ns), r->marked_records, r->records);
    } else {
        printf("  チェックポイントなし / no checkpoint\n");
    }
    if (r->timestamp_unix_ns != 0) {
        printf("  タイムスタンプ / time stamp %s by %s%s\n", moment(from, r->timestamp_unix_ns),
               r->timestamp_issuer,
               r->timestamp_is_trusted ? ""
                                       : " (whose it is was not checked: give --authority PEM)");
    }
    text_hex(key, r->hub_key, sizeof r->hub_key);
    printf("  ハブの公開鍵（控えと比べてください） / the hub's public key, compare it with your "
           "note:\n    %s\n",
           key);
}

static int verify(int argc, char **argv) {
    const char *authority = NULL;
    buffer file = {NULL, 0, 0, 0};
    evidence_report report;
    kinmu_err err = {{0}, {0}};
    int given = cli_take_option(&argc, argv, "--authority", &authority);
    if (given < 0 || argc != 2 || argv[1][0] == '-') {
        return misused(argc > 2 ? argv[2] : NULL);
    }
    if (cli_read_file(argv[1], &file) != KINMU_OK) {
        fprintf(stderr, "kinmu evidence: \"%s\" cannot be read\n", argv[1]);
        buffer_free(&file);
        return CLI_FAILED;
    }
    int32_t status = evidence_verify(file.data, file.size, authority, &report, &err);
    buffer_wipe(&file);
    if (status != KINMU_OK) {
        return fail(&err);
    }
    if (!report.is_whole) {
        printf("改ざん・破損 / ALTERED: %s\n", report.text);
        return CLI_FAILED;
    }
    tell_whole(&report);
    return CLI_OK;
}

int cli_evidence(int argc, char **argv) {
    platform_harden_process(0);
    return argc > 1 && strcmp(argv[1], "verify") == 0 ? verify(argc - 1, argv + 1)
                                                      : take(argc, argv);
}

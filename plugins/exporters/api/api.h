/* api/api.h - one instance and what its files do for each other.
 *
 *   api.c       the plugin's table, the instance's life      exchange.c  a request from its arrival
 *   endpoints.c which there are, and their parameters                    to its answer; the queue
 *   run.c       POST commands                                commands.c  the plugin's own commands
 *   problem.c   every error's sentence
 *
 * access/, who asks and what he may see:
 *   gate.c      who asks, and what he may                    reach.c     whose data he may see
 *   login.c     passwords: logging in, invitations           session.c   people who are logged in
 *   keep.c      tokens and kept answers, as decisions        book.c      rows decisions stand on
 *   logins.c    logins and sessions, as decisions            password.c  which are taken, the hash
 *   throttle.c  how often a password may be wrong (pure)     reading.c   rows for a request
 *   factor.c    the second factor: set up, asked for         factors.c   the same, as decisions
 *   factor_key.c  how it is kept (pure)                      renew.c     what is in force, written
 * anew
 *
 * answers/, what is asked for:
 *   rows.c page.c  GET rows                               openapi.c   the description of all of it
 *   timeline.c  GET people/{person}/timeline: lanes of spans, which span.c joins (pure)
 *   workdata.c  GET kinmu: 勤務データ of a month   staff.c   who stands in lists of everybody
 *   exports.c   GET jobs, GET master           download.c  a file of theirs, in parts
 *   search.c    GET search: logs, newest first     saved.c   searches kept under a name
 *   attendance.c  GET attendance/logs: the logs that became start and end of days
 *   differences.c  GET reports/differences: 勤怠差異 of a month
 *   upload.c    POST imports: files for people, as they come (multipart.c takes them apart)
 *   dates.c     a period of business days
 *
 * wire/, the texts of the outside (pure): target.c body.c cursor.c moment.c token.c cookie.c
 *   attachment.c multipart.c totp.c
 *
 * A request waits in a queue, is judged and read in a job, and either answered from there or sent
 * on as a command in its caller's name. Who asks is looked up anew for each request, as of the
 * newest decision: what is revoked is revoked. */
#ifndef API_API_H
#define API_API_H

#include "wire/body.h"
#include "desk.h"
#include "limit.h"
#include "wire/target.h"
#include "wire/token.h"

#include <kinmu/iface/commands.h>
#include <kinmu/iface/metrics.h>
#include <kinmu/iface/records.h>
#include <kinmu/iface/routes.h>
#include <kinmu/iface/schemas.h>
#include <kinmu/iface/secret.h>

#define API_JOBS_MAX 8u             /* at once */
#define API_BODY_BYTES_MAX 1048576u /* of a request */
#define API_KEY_BYTES_MAX 128u      /* of an Idempotency-Key */
#define API_HEADERS_MAX 8u          /* of an answer */
#define API_DOWNLOADS_MAX 16u       /* files on their way at once */
#define API_UPLOADS_MAX 4u          /* the same, the other way */
#define API_UPLOAD_FILE_BYTES_MAX (64u << 20)
#define API_UPLOAD_BYTES_MAX (513u << 20) /* eight files and what is between them */
#define UPLOAD_FOLDER_SIZE 4352u

enum {
    USE_TOKEN,
    USE_ANSWER,
    USE_LOGIN,
    USE_SESSION,
    USE_FACTOR,
    USE_PERSON,
    USE_ASSIGNMENT,
    USE_GROUP,
    USE_ACCOUNT,
    USE_SEARCH,
    USE_CHANGE,
    USE_READ,
    USE_ANY,
    USES
};
enum { METRIC_REQUESTS, METRIC_DENIED, METRIC_FAILED_LOGINS, METRIC_DECISIONS, METRICS };

typedef struct api api;
typedef struct exchange exchange;
typedef struct download download;
typedef struct upload upload;

typedef struct api_config {
    int64_t failures_per_minute;
    int64_t audit_reads;
    int64_t search_days;
    int64_t session_idle_ms;
    int64_t session_life_ms;
    kinmu_text_list second_factor;
    const char *second_factor_key; /* a handle of secret/1; NULL = none */
} api_config;

/* Requests wait in queues: those whose jobs read, and those whose jobs look at a password. */
enum { QUEUE_REQUESTS, QUEUE_PASSWORDS, QUEUES };
typedef struct queue {
    exchange *first, *last;
    uint32_t waiting, jobs;
} queue;

struct api {
    const kinmu_host *host;
    api_config config;
    uint32_t factor_roles; /* FACTOR_ROLE_* of config.second_factor */
    const kinmu_bus *bus;
    const kinmu_timer *timer;
    const kinmu_work *work;
    const kinmu_records *records;
    const kinmu_calls *calls;
    const kinmu_metrics *metrics;
    const kinmu_routes *routes;
    const kinmu_schemas *schemas;
    const kinmu_commands *commands; /* NULL: not in the daemon */
    const kinmu_secret *secret;
    desk desk;
    limit_table *failures; /* on the loop, as are the next two */
    limit_table *wrong_passwords;
    struct throttle *throttle;
    exchange *exchanges;
    queue queues[QUEUES];
    uint32_t downloads, uploads;
    char folder[UPLOAD_FOLDER_SIZE]; /* of uploads; "" = there is none yet */
    char found[UPLOAD_FOLDER_SIZE];  /* by a job that looks for it */
    uint32_t looking;
    uint64_t daily_timer;
    int32_t is_running;
};

/* ---- who asks (gate.c) ---- */
typedef struct caller {
    char name[KINMU_CALLER_BYTES_MAX + 1]; /* "token:ID", "person:ID", "login:admin" */
    const char *person;                    /* "" = nobody's */
    const char *role;                      /* "self", "manager", "admin", "operator", "bootstrap" */
    const char *scope;                     /* "" = all of it */
    uint32_t rights;                       /* KINMU_RIGHT_* */
} caller;

/* ---- a request (exchange.c) ---- */
typedef struct endpoint {
    const char *method;
    const char
        *path; /* below /api/v1: "rows/{schema}"; {x+} takes the rest but the segments after */
    const char *scope; /* the word of a token's scope: "read", "call"; NULL = open to everybody */
    void (*prepare)(exchange *x); /* [turn], before the job; NULL = nothing */
    void (*job)(exchange *x);
    const kinmu_field *parameters; /* of the query; of a POST the members of the body */
    uint32_t parameter_count;
    const char *doc;
} endpoint;

/* A command that clients may call. */
typedef struct offer {
    const char *instance;
    kinmu_command row;
} offer;

struct exchange {
    exchange *next;    /* of all */
    exchange *waiting; /* in the queue */
    api *owner;
    uint64_t id; /* 0: the client is gone */
    memory memory;
    int32_t is_queued;
    int32_t is_busy; /* with a job or a call: not freed before it comes back */
    /* What was asked. */
    const endpoint *endpoint;
    const char *method, *path, *query;
    const char *address, *authorization, *content_type, *key, *condition, *cookie, *csrf;
    const char *range, *range_condition;
    target target;
    const char *rest; /* what {x+} stands for */
    const char *body;
    size_t body_size;
    int32_t body_is_last; /* 0: more of it follows, for those who ask */
    int64_t now_ns;
    int32_t utc_offset_s;
    uint64_t head; /* newest decision when it came */
    caller caller;
    int32_t is_unknown; /* the gate knew nobody: counts against the address */
    /* Of somebody logged in (session.c); NULL = by a token. */
    const char *session_id, *session_person, *session_text;
    uint32_t factor_roles; /* as configured when it came: who needs a second factor */
    int64_t session_idle_ms, session_life_ms; /* as configured when it came */
    int64_t session_expires_ns;
    int32_t is_seen_due;
    const char *ending;      /* the session to end, "" = all */
    struct login_try *login; /* of requests with a password */
    uint32_t queue;
    uint64_t queued_mono_ns;   /* when it began to wait there */
    void (*done)(exchange *x); /* what comes after the job, in its turn; NULL = the usual */
    /* The command to send (run.c). */
    const char *instance, *command;
    kinmu_command row;
    const kinmu_value *values;
    void (*go)(exchange *x); /* [turn], after a job that did not answer; NULL = run_command */
    download *download;      /* a file on its way */
    upload *upload;          /* files on their way here */
    offer *offers;           /* all there are, where the endpoint asks for them */
    uint32_t offer_count;
    uint8_t sha256[TOKEN_HASH_SIZE];
    /* The answer. */
    uint32_t status; /* 0 = none yet */
    const char *type;
    char *answer; /* by malloc */
    size_t answer_size;
    uint32_t wait_s;           /* Retry-After */
    const char *etag;          /* NULL = none */
    const char *content_range; /* the same */
    const char *set_cookie;    /* the same */
};

int32_t exchange_serve(api *a, kinmu_err *err);
void exchange_stop(api *a);
void exchange_free_all(api *a);
/* Sends the answer it has. [turn] */
void exchange_answer(exchange *x);
/* Sets the answer; takes the reference. */
void exchange_json(exchange *x, uint32_t status, json_t *json);
/* Gives an answer to a GET its ETag, or makes it 304. */
void exchange_compare(exchange *x);
void exchange_drop(exchange *x); /* nobody waits for it */
/* 0: the instance stopped meanwhile, and frees it. */
int32_t exchange_is_alive(const exchange *x);

/* ---- problem.c ---- */
/* Sets an answer of application/problem+json with the sentence of a code. `one` and `two` may be
 * NULL. */
void problem_set(exchange *x, uint32_t status, const char *code, const char *one, const char *two);
/* The same with the words of a plugin that refused: "日本語 / English", or one text for both;
 * output is what it answered, or NULL; takes the reference. */
void problem_of_status(exchange *x, int32_t status, const char *text, json_t *output);

/* ---- endpoints.c ---- */
extern const endpoint api_endpoints[];
extern const uint32_t api_endpoint_count;
/* Finds it; NULL: none, and *is_known says whether another method would do. */
const endpoint *endpoint_find(exchange *x, int32_t *is_known);
/* Whether its parameters are members of a JSON body; files have a query beside them. */
int32_t endpoint_has_members(const endpoint *e);
/* 1 when the parameter is in its table. */
int32_t endpoint_has(const endpoint *e, const char *parameter);
/* The endpoint of that path as the table has it. */
const endpoint *endpoint_of(const char *path);
/* 1 when all parameters given are in the endpoint's table; else answered. */
int32_t endpoint_takes(exchange *x);

/* ---- gate.c, in a job ---- */
/* Finds out who asks; 0: answered. */
int32_t gate_enter(exchange *x);
/* What a role reaches of what the person may today; of a bootstrap what nobody has to be for.
 * `resumed` is what stands with the token or the login: what is from before the person was let in
 * again reaches nothing (SCR-14). 0: nothing, or it is answered. */
uint32_t gate_rights(exchange *x, const char *role, const char *person, int64_t resumed);
extern const char gate_bootstrap_scope[];
/* Whether the caller's token was made for this; `what` may be NULL. */
int32_t gate_has_scope(const exchange *x, const char *word, const char *what);

/* ---- the jobs ---- */
void me_job(exchange *x);
void schemas_job(exchange *x);
void rows_job(exchange *x);
void timeline_job(exchange *x);
void workdata_job(exchange *x);
void search_job(exchange *x);
void attendance_job(exchange *x);
void differences_job(exchange *x);
void searches_job(exchange *x);
void saved_run_job(exchange *x);
void openapi_job(exchange *x);
void commands_list_job(exchange *x);
void command_job(exchange *x);
void export_list_job(exchange *x);
void export_show_job(exchange *x);
void download_job(exchange *x);
void master_job(exchange *x);
void upload_job(exchange *x);

/* ---- exports.c, download.c [turn] ---- */
void export_list_find(exchange *x);
void export_show_find(exchange *x);
void download_find(exchange *x);
void master_find(exchange *x);
/* The command's file is sent in parts, as fast as the client takes them; its first two values are
 * x->values, a place and a size follow. Its `id` in the audit; `absent`: the problem when there is
 * none. [job] */
#define DOWNLOAD_MORE_MAX 3u
void download_prepare(exchange *x, const char *id, const char *name, const char *absent,
                      uint32_t more);
void download_writable(exchange *x);
void download_end(exchange *x); /* it is freed */

/* ---- upload.c [turn] ---- */
void upload_open(api *a); /* once it serves */
void upload_find(exchange *x);
void upload_part(exchange *x, const void *data, size_t size, int32_t is_last);
/* 1: files are to be removed before anything is answered, and it is answered then. */
int32_t upload_clears(exchange *x);
void upload_end(exchange *x); /* it is freed */

/* ---- run.c [turn] ---- */
void run_command(exchange *x);
/* Sends the exchange's command, in the caller's name. */
void run_send(exchange *x, const kinmu_value *values, uint32_t count, kinmu_answer_fn then);
/* Says which command it is; row.name is NULL where there is none. */
void run_name(exchange *x, const char *instance, const char *command);
/* Whether the caller may; whether the Idempotency-Key can be one. 0: answered. [job] */
int32_t run_may(exchange *x);
int32_t run_check_key(exchange *x);
/* Collects the commands clients may call: not the plugin's own, nor any that names files of the
 * hub. */
void run_collect(exchange *x);
/* Finds the one the path names. */
void run_find(exchange *x);

/* ---- commands.c, book.c ---- */
#define API_COMMANDS 19u
enum {
    COMMAND_CREATE,
    COMMAND_REVOKE,
    COMMAND_LIST,
    COMMAND_SEARCH_SAVE,
    COMMAND_SEARCH_DELETE,
    COMMAND_INVITE,
    COMMAND_CLOSE,
    COMMAND_LOGINS,
    COMMAND_FACTOR_CLEAR,
    COMMAND_BEGIN, /* from here on for the plugin itself */
    COMMAND_END,
    COMMAND_PASSWORD,
    COMMAND_SESSION,
    COMMAND_SEEN,
    COMMAND_SESSION_END,
    COMMAND_FACTOR_OFFER,
    COMMAND_FACTOR_CONFIRM,
    COMMAND_FACTOR_REMOVE,
    COMMAND_RENEW
};
extern const kinmu_command api_command_rows[API_COMMANDS];
int32_t api_call(void *instance, const kinmu_call *call, kinmu_err *err);
extern const size_t book_size;
int32_t api_judge(desk_decision *d, desk_call *call);
int32_t api_after(desk_call *call);
void api_begin_days(api *a);

#endif

/* kinmu/plugin.h - the boundary between Kinmu and a plugin. Draft until declared v1 stable.
 *
 * A plugin file exports one data symbol, `kinmu_module_v1`, and links nothing of the host. Looking
 * at a file runs none of its code. Each configured instance gets a `kinmu_host` of its own; the
 * pointer is its identity. Every other service is an interface asked for by name
 * (`host->iface(host, "kinmu.bus/1")`), see kinmu/iface/.
 *
 * Life cycle: create -> start -> stop -> destroy. create takes no exclusive resource (no device,
 * no socket, no thread), start does. stop is legal from any state and twice. destroy accepts NULL
 * and half-built instances. A plugin that lacks what it needs (a display, a device) starts, says so
 * by host->health, and recovers by itself when it appears.
 */
#ifndef KINMU_PLUGIN_H
#define KINMU_PLUGIN_H

#include <kinmu/base.h>
#include <kinmu/option.h>
#include <kinmu/schema.h>
#include <kinmu/value.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KINMU_ABI_MINOR 0u

#define KINMU_LOG_ERROR 1
#define KINMU_LOG_WARN 2
#define KINMU_LOG_INFO 3
#define KINMU_LOG_DEBUG 4

/* Health of an instance, as shown by `kinmu status`. */
#define KINMU_HEALTH_OK 1          /* does its job */
#define KINMU_HEALTH_DEGRADED 2    /* does part of it; the text says which part is missing */
#define KINMU_HEALTH_UNAVAILABLE 3 /* not now, recovers by itself; text: why, what to do */
#define KINMU_HEALTH_FAILED 4      /* will not recover without a change; text: why, what to do */

typedef struct kinmu_host kinmu_host;
struct kinmu_host {
    uint32_t struct_size;
    uint32_t abi_minor;
    const char *instance; /* "input" or "csv/payroll" */
    const char *node;     /* name of this node */
    const char *account;  /* login account of the session served; "" = the whole machine */

    /* Finds a host service by name, "kinmu.bus/1". The table is static for the host's life. NULL
     * when this host has no such service. [any] Since 1.0 */
    const void *(*iface)(const kinmu_host *host, const char *name);

    /* Writes one line to the log. Never pass collected content. [any] Since 1.0 */
    void (*log)(const kinmu_host *host, int32_t level, const char *text);

    /* Says how the instance is; the last call counts. `text` is copied. [any] Since 1.0 */
    void (*health)(const kinmu_host *host, int32_t state, const char *text);
};

/* One field of a command's input or output: a kinmu_field (name, type, doc; REQUIRED).
 *
 * With `shell` set, "punch" or "person list", the command is a word of the command line: `kinmu
 * punch start --person sato` asks the running instance for what `kinmu call INSTANCE punch
 * kind=start person=sato` does. Words fill the input fields in their order, REQUIRED ones first,
 * `--field VALUE` and `field=VALUE` by name; a BOOL is `--field` alone. A path (role PATH) becomes
 * absolute; as the last field it takes all remaining words, one a line. Of a file to be read (role
 * FILE) the caller's side reads the content: the plugin gets the path of a copy of the same name,
 * which is there until it answers. An output of one TEXT field
 * `text` is printed as it is; a TEXT whose unit is "json" stands in answers as the JSON it is. */
typedef struct kinmu_command {
    const char *name;       /* "import" */
    const char *permission; /* "operator", "self", "manager", "admin" */
    kinmu_table input;      /* rows of kinmu_field */
    kinmu_table output;     /* rows of kinmu_field */
    const char *doc;
    const char
        *shell; /* one or two words of a-z 0-9 -, no other plugin's; NULL: only `kinmu call` */
} kinmu_command;

/* What a caller may, as the words of kinmu_command.permission say it. A command reaches its plugin
 * only when the caller has its right; whose data is meant, the plugin judges by `caller`. */
#define KINMU_RIGHT_SELF 1u     /* "self": for himself */
#define KINMU_RIGHT_MANAGER 2u  /* "manager": for those he is set over */
#define KINMU_RIGHT_ADMIN 4u    /* "admin": for everybody */
#define KINMU_RIGHT_OPERATOR 8u /* "operator": runs the node */
#define KINMU_RIGHTS_ALL 15u

#define KINMU_METRIC_COUNTER 1u
#define KINMU_METRIC_GAUGE 2u

typedef struct kinmu_metric {
    const char *name; /* snake_case with unit, "motions_total" */
    uint32_t kind;
    uint32_t flags; /* KINMU_METRIC_LOSS: a loss counter, shown by `kinmu status` when not 0 */
    const char *unit;
    const char *doc;
} kinmu_metric;

#define KINMU_METRIC_LOSS 1u

/* A program of the plugin's own at the shell, `kinmu PLUGIN TOOL ARGS…`: a converter, a simulator,
 * a report from files. It runs in a process of its own without a daemon, an instance or a host.
 * `--plugins` and a lone `--help` are Kinmu's, all other words the tool's. */
typedef struct kinmu_tool {
    const char *name;  /* "replay" */
    const char *usage; /* the words behind its name, "--settings FILE --events FILE"; may be "" */
    const char *doc;

    /* Does it, by stdio, and returns the exit code: 0 done, 1 tried and failed, 2 wrong words, with
     * one message on stderr. argv[0] is the tool's name, argv[argc] is NULL. */
    int32_t (*run)(int32_t argc, const char *const *argv);
} kinmu_tool;

/* What people read in place of a name of the plugin's answers - of an output field, or of a member
 * of JSON in one - at a terminal. Scripts and the API know the name alone. Since 1.0 */
typedef struct kinmu_title {
    const char *name; /* "group_id" */
    const char *ja; /* "グループ"; a few characters, it heads a column; the unit in brackets */
} kinmu_title;

/* A call of one of the plugin's commands; `values` in the order of its input fields. */
typedef struct kinmu_call {
    uint32_t struct_size;
    uint32_t command;   /* index into the command table */
    uint64_t id;        /* for calls/1 answer() */
    const char *caller; /* "os:alice", "plugin:csv", "person:U08", "token:9f3c…" */
    const kinmu_value *values;
    uint32_t value_count;
    uint32_t rights; /* KINMU_RIGHT_*; all of them for "os:" and "plugin:" */
} kinmu_call;

/* An export: the events of a period, from one snapshot, written as files below `directory`. */
typedef struct kinmu_export {
    uint32_t struct_size;
    uint32_t reserved;
    int64_t from_ns;       /* first moment, UTC */
    int64_t to_ns;         /* first moment after the period, UTC */
    const char *from_date; /* "2026-11-01", as asked */
    const char *to_date;   /* last day, inclusive */
    const char *directory; /* exists, writable, absolute; nothing is written outside it */
} kinmu_export;

#define KINMU_COLLECTOR 1u
#define KINMU_CONNECTOR 2u
#define KINMU_EXPORTER 3u

#define KINMU_PLUGIN_SESSION 1u      /* runs once per login session, under that user's account */
#define KINMU_PLUGIN_MESSAGE_PUMP 2u /* wants a thread with a Windows message loop */
#define KINMU_PLUGIN_SINGLE 4u       /* a node has one enabled instance at most */

#define KINMU_ENOUGH 1 /* of export_events alone */

typedef struct kinmu_plugin {
    uint32_t struct_size;
    uint32_t kind;        /* KINMU_COLLECTOR | CONNECTOR | EXPORTER */
    uint32_t flags;       /* KINMU_PLUGIN_* */
    uint32_t config_size; /* sizeof of the config struct the option offsets point into */
    const char *name;     /* type in conf.d: "input"; vendors: reverse domain, "com.acme.badge" */
    const char *version;  /* "1.0.0" */
    const char *vendor;
    const char *licence; /* SPDX identifier */
    const char *doc;     /* one or two sentences */
    const char *doc_ja;
    kinmu_table options;  /* rows of kinmu_option */
    kinmu_table schemas;  /* rows of kinmu_schema_use */
    kinmu_table commands; /* rows of kinmu_command */
    kinmu_table metrics;  /* rows of kinmu_metric */

    /* Builds an instance from a filled config struct, which lives until the next reconfigure or
     * destroy. On failure *instance may stay NULL or point to a half-built one. [turn] */
    int32_t (*create)(const kinmu_host *host, const void *config, void **instance, kinmu_err *err);
    int32_t (*start)(void *instance, kinmu_err *err); /* [turn] */
    int32_t (*stop)(void *instance, kinmu_err *err);  /* [turn] */
    void (*destroy)(void *instance);                  /* [turn] */

    /* Optional: takes a config in which only LIVE options differ. Otherwise: restart. [turn] */
    int32_t (*reconfigure)(void *instance, const void *config, kinmu_err *err);

    /* Optional: takes committed events of accepted schemas. KINMU_OK moves the durable cursor
     * behind the batch, together with whatever was published in this turn; E_BUSY and E_RETRY: the
     * same batch comes again later; E_REJECT: the batch is quarantined, shown, and counts as
     * handled. Unless it answers KINMU_OK, what it published in this turn is withdrawn: waits for
     * those tickets end with E_RETRY, durable() passes over them. [turn] */
    int32_t (*events)(void *instance, const kinmu_batch *batch, kinmu_err *err);

    /* Optional: takes a command; answers now or later through calls/1. [turn] */
    int32_t (*call)(void *instance, const kinmu_call *call, kinmu_err *err);

    /* Optional, exporters: an export opens, gets sorted events, and closes. Records come first;
     * KINMU_ENOUGH from export_events: no more of them, the rest is not needed. `commit` 0 means
     * remove what was written. The instance is created but not started. [job] */
    int32_t (*export_open)(void *instance, const kinmu_export *job, void **run, kinmu_err *err);
    int32_t (*export_events)(void *run, const kinmu_batch *batch, kinmu_err *err);
    int32_t (*export_close)(void *run, int32_t commit, kinmu_err *err);

    kinmu_table tools;  /* rows of kinmu_tool */
    kinmu_table titles; /* rows of kinmu_title */
} kinmu_plugin;

/* The exported data. `plugins` has rows of `const kinmu_plugin *`. */
typedef struct kinmu_module {
    uint32_t struct_size;
    uint32_t abi_minor;        /* KINMU_ABI_MINOR it was built with */
    uint32_t abi_minor_needed; /* smallest minor of the host it can work with */
    uint32_t reserved;
    kinmu_table plugins;
} kinmu_module;

/* Put at the end of the plugin's main file: KINMU_MODULE(&my_plugin, &my_other_plugin) */
#ifdef __cplusplus
#define KINMU_MODULE_LINKAGE extern "C"
#else
#define KINMU_MODULE_LINKAGE extern
#endif
#define KINMU_MODULE(...)                                                                          \
    static const kinmu_plugin *const kinmu_module_plugins[] = {__VA_ARGS__};                       \
    KINMU_MODULE_LINKAGE KINMU_EXPORT const kinmu_module kinmu_module_v1;                          \
    const kinmu_module kinmu_module_v1 = {sizeof(kinmu_module), KINMU_ABI_MINOR, 0, 0,             \
                                          KINMU_TABLE(kinmu_module_plugins)}

#ifdef __cplusplus
}
#endif
#endif

/* host/catalog.c - see catalog.h. */
#include "host/catalog.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "host/descriptor.h"
#include "journal/schemas.h"
#include "platform/platform.h"
#include <kinmu/events/audit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define CATALOG_PATH_SIZE 4096

typedef struct catalog_memory {
    catalog shown; /* first: a catalog* is a catalog_memory* */
    catalog_plugin plugins[CATALOG_PLUGINS_MAX];
    arena memory;
} catalog_memory;

static const char *const kind_names[] = {"", "collector", "connector", "exporter"};

const char *catalog_kind_name(uint32_t kind) {
    return kind <= KINMU_EXPORTER ? kind_names[kind] : "";
}

uint32_t catalog_kind_from_name(const char *name) {
    for (uint32_t kind = KINMU_COLLECTOR; kind <= KINMU_EXPORTER; kind++) {
        size_t size = strlen(kind_names[kind]);
        if (strncmp(name, kind_names[kind], size) == 0 &&
            (name[size] == '\0' || strcmp(name + size, "s") == 0)) {
            return kind;
        }
    }
    return 0;
}

static void note_problem(catalog *c, arena *memory, const char *file, const kinmu_err *err) {
    if (c->problem_count < CATALOG_PLUGINS_MAX) {
        c->problems[c->problem_count].file = arena_text(memory, file, strlen(file));
        text_copy(c->problems[c->problem_count].text, sizeof c->problems[0].text, err->msg);
        c->problem_count++;
    }
}

/* Callers hold a command's values in arrays of KINMU_FIELDS_MAX and compare names. */
static int32_t are_fields(const kinmu_table *fields) {
    for (uint32_t i = 0; fields->count <= KINMU_FIELDS_MAX && i < fields->count; i++) {
        kinmu_field field;
        schema_table_row(fields, i, &field, sizeof field);
        if (field.name == NULL || field.name[0] == '\0') {
            return 0;
        }
    }
    return fields->count <= KINMU_FIELDS_MAX;
}

static int32_t check_commands(const kinmu_plugin *plugin, const char *file, kinmu_err *err) {
    for (uint32_t i = 0; i < plugin->commands.count; i++) {
        kinmu_command command;
        schema_table_row(&plugin->commands, i, &command, sizeof command);
        if (command.name == NULL || command.name[0] == '\0') {
            return error_set(err, KINMU_E_ABI, "plugin.command",
                             "plugin file \"%s\": a command has no name; ask its vendor", file);
        }
        if (!are_fields(&command.input) || !are_fields(&command.output)) {
            return error_set(err, KINMU_E_ABI, "plugin.command",
                             "plugin file \"%s\": command \"%s\" has a field without a name, or "
                             "more than %d fields; ask its vendor",
                             file, command.name, KINMU_FIELDS_MAX);
        }
    }
    return KINMU_OK;
}

static int32_t check_plugin(const kinmu_plugin *plugin, const char *file, kinmu_err *err) {
    if (plugin->name == NULL || plugin->name[0] == '\0' ||
        strlen(plugin->name) > KINMU_NAME_BYTES_MAX || plugin->version == NULL ||
        catalog_kind_name(plugin->kind)[0] == '\0' || plugin->create == NULL ||
        plugin->start == NULL || plugin->stop == NULL || plugin->destroy == NULL) {
        return error_set(
            err, KINMU_E_ABI, "plugin.incomplete",
            "plugin file \"%s\": name, version, kind or a life-cycle function is missing; "
            "ask its vendor",
            file);
    }
    for (const char *at = plugin->name; *at != '\0'; at++) {
        if (strchr("abcdefghijklmnopqrstuvwxyz0123456789.-_", *at) == NULL) {
            return error_set(err, KINMU_E_ABI, "plugin.name",
                             "plugin file \"%s\": name \"%s\" may hold only a-z 0-9 . - _", file,
                             plugin->name);
        }
    }
    for (uint32_t i = 0; i < plugin->tools.count; i++) {
        kinmu_tool tool;
        schema_table_row(&plugin->tools, i, &tool, sizeof tool);
        if (tool.name == NULL || tool.name[0] == '\0' || tool.run == NULL) {
            return error_set(
                err, KINMU_E_ABI, "plugin.tool",
                "plugin file \"%s\": a tool has no name or no function; ask its vendor", file);
        }
    }
    return check_commands(plugin, file, err);
}

/* The plugin's struct must reach at least its life cycle; what lies behind is optional. */
#define PLUGIN_SIZE_MIN ((uint32_t)offsetof(kinmu_plugin, reconfigure))

#define SHELL_BYTES_MAX 40u

/* One or two words of a-z 0-9 -, each beginning with a letter. */
static int32_t is_shell_word(const char *text) {
    uint32_t words = 1;
    int32_t is_start = 1;
    for (const char *at = text; *at != '\0'; at++) {
        int32_t is_letter = *at >= 'a' && *at <= 'z';
        int32_t is_other = (*at >= '0' && *at <= '9') || *at == '-' || *at == ' ';
        if (is_start ? !is_letter : !is_letter && !is_other) {
            return 0;
        }
        is_start = *at == ' ';
        words += *at == ' ';
    }
    return !is_start && words <= 2 && strlen(text) <= SHELL_BYTES_MAX;
}

/* The command, after the `from`-th, whose shell word that is. */
static int32_t has_shell_word(const kinmu_plugin *plugin, uint32_t from, const char *word) {
    for (uint32_t i = from; i < plugin->commands.count; i++) {
        kinmu_command command;
        schema_table_row(&plugin->commands, i, &command, sizeof command);
        if (command.shell != NULL && strcmp(command.shell, word) == 0) {
            return 1;
        }
    }
    return 0;
}

static const char *shell_word_of_other(const catalog *c, const kinmu_plugin *plugin, uint32_t row,
                                       const char *word) {
    if (has_shell_word(plugin, row + 1, word)) {
        return "itself";
    }
    for (uint32_t i = 0; i < c->count; i++) {
        if (has_shell_word(c->plugins[i].plugin, 0, word)) {
            return c->plugins[i].file;
        }
    }
    return NULL;
}

/* A word of the command line means one thing. */
static int32_t check_shell_words(const catalog *c, const kinmu_plugin *plugin, const char *file,
                                 kinmu_err *err) {
    for (uint32_t i = 0; i < plugin->commands.count; i++) {
        kinmu_command command;
        schema_table_row(&plugin->commands, i, &command, sizeof command);
        if (command.shell == NULL) {
            continue;
        }
        if (!is_shell_word(command.shell)) {
            return error_set(err, KINMU_E_ABI, "plugin.shell",
                             "plugin file \"%s\": the shell word \"%s\" is not one or two words "
                             "of a-z 0-9 -; ask its vendor",
                             file, command.shell);
        }
        const char *other = shell_word_of_other(c, plugin, i, command.shell);
        if (other != NULL) {
            return error_set(err, KINMU_E_CONFIG, "plugin.shell",
                             "plugin file \"%s\": the shell word \"%s\" is already given by "
                             "\"%s\"; remove one",
                             file, command.shell, other);
        }
    }
    return KINMU_OK;
}

static int32_t check_module(const kinmu_module *module, const char *file, kinmu_err *err) {
    if (module == NULL) {
        return error_set(
            err, KINMU_E_ABI, "plugin.symbol",
            "plugin file \"%s\": does not export kinmu_module_v1, so it is no Kinmu plugin or made "
            "for another major version; rebuild it with this SDK",
            file);
    }
    if (module->struct_size < sizeof *module || module->plugins.count == 0 ||
        module->plugins.count > CATALOG_PLUGINS_MAX || module->plugins.rows == NULL ||
        module->plugins.stride < sizeof(void *)) {
        return error_set(err, KINMU_E_ABI, "plugin.module",
                         "plugin file \"%s\": its module table is damaged", file);
    }
    if (module->abi_minor_needed > KINMU_ABI_MINOR) {
        return error_set(err, KINMU_E_ABI, "plugin.newer",
                         "plugin file \"%s\": needs ABI 1.%u, this Kinmu has 1.%u; update Kinmu",
                         file, module->abi_minor_needed, KINMU_ABI_MINOR);
    }
    return KINMU_OK;
}

static int32_t add_plugin(catalog_memory *m, const char *file, const kinmu_plugin *found,
                          kinmu_err *err) {
    const kinmu_plugin *plugin = NULL;
    if (found == NULL || found->struct_size < PLUGIN_SIZE_MIN) {
        return error_set(
            err, KINMU_E_ABI, "plugin.struct",
            "plugin file \"%s\": its kinmu_plugin has %u bytes, at least %u are needed; rebuild "
            "it with this SDK",
            file, found == NULL ? 0 : found->struct_size, PLUGIN_SIZE_MIN);
    }
    int32_t status = descriptor_copy(&m->memory, found, &plugin, err);
    if (status == KINMU_OK) {
        status = check_plugin(plugin, file, err);
    }
    const catalog_plugin *other =
        status == KINMU_OK ? catalog_find(&m->shown, plugin->kind, plugin->name) : NULL;
    if (other != NULL) {
        status =
            error_set(err, KINMU_E_CONFIG, "plugin.twice",
                      "plugin file \"%s\": %s \"%s\" is already provided by \"%s\"; remove one",
                      file, catalog_kind_name(plugin->kind), plugin->name, other->file);
    }
    if (status == KINMU_OK) {
        status = check_shell_words(&m->shown, plugin, file, err);
    }
    if (status == KINMU_OK && m->shown.count == CATALOG_PLUGINS_MAX) {
        status = error_set(err, KINMU_E_CONFIG, "plugin.many", "more than %d plugins",
                           CATALOG_PLUGINS_MAX);
    }
    if (status != KINMU_OK) {
        return status;
    }
    catalog_plugin *entry = &m->plugins[m->shown.count++];
    entry->plugin = plugin;
    entry->file = arena_text(&m->memory, file, strlen(file));
    entry->first_party = strchr(plugin->name, '.') == NULL;
    entry->config =
        (config_plugin){plugin->name, plugin->options, plugin->config_size, plugin->flags};
    return KINMU_OK;
}

static int32_t add_file(catalog_memory *m, const char *file, kinmu_err *err) {
    kinmu_err why;
    int32_t loose = platform_writable_by_others(file, &why);
    if (loose != 0) {
        return error_set(err, loose < 0 ? loose : KINMU_E_DENIED, "plugin.rights",
                         "plugin file \"%s\" refused: %s", file, why.msg);
    }
    void *library = platform_open_library(file, err);
    if (library == NULL) {
        return KINMU_E_ABI;
    }
    const kinmu_module *module = platform_find_symbol(library, "kinmu_module_v1");
    int32_t status = check_module(module, file, err);
    for (uint32_t i = 0; status == KINMU_OK && i < module->plugins.count; i++) {
        const kinmu_plugin *plugin = NULL;
        schema_table_row(&module->plugins, i, &plugin, sizeof plugin);
        status = add_plugin(m, file, plugin, err);
    }
    return status;
}

static int compare_plugins(const void *a, const void *b) {
    const kinmu_plugin *first = ((const catalog_plugin *)a)->plugin;
    const kinmu_plugin *second = ((const catalog_plugin *)b)->plugin;
    return first->kind != second->kind ? (first->kind > second->kind ? 1 : -1)
                                       : strcmp(first->name, second->name);
}

static int32_t add_with(catalog_memory *m, const catalog_caution *caution, const char *file,
                        kinmu_err *err) {
    for (uint32_t i = 0; i < caution->crashing_count; i++) {
        if (strcmp(caution->crashing[i], file) == 0) {
            return error_set(
                err, KINMU_E_ABI, "plugin.crash",
                "plugin file \"%s\": crashes or hangs when it is opened, so it is left "
                "out; see kinmu plugin check %s, ask its vendor",
                file, file);
        }
    }
    if (caution->opening != NULL) {
        caution->opening(file);
    }
    return add_file(m, file, err);
}

static void add_folder(catalog_memory *m, const catalog_caution *caution, const char *folder) {
    uv_fs_t request;
    uv_dirent_t entry;
    const char *suffix = platform_library_suffix();
    if (uv_fs_scandir(NULL, &request, folder, 0, NULL) < 0) {
        uv_fs_req_cleanup(&request);
        return;
    }
    while (uv_fs_scandir_next(&request, &entry) == 0) {
        size_t size = strlen(entry.name);
        char file[CATALOG_PATH_SIZE];
        kinmu_err err = {{0}, {0}};
        if (size <= strlen(suffix) || strcmp(entry.name + size - strlen(suffix), suffix) != 0 ||
            snprintf(file, sizeof file, "%s/%s", folder, entry.name) >= (int)sizeof file) {
            continue;
        }
        if (add_with(m, caution, file, &err) != KINMU_OK) {
            note_problem(&m->shown, &m->memory, file, &err);
        }
    }
    uv_fs_req_cleanup(&request);
}

static catalog_memory *empty_catalog(void) {
    catalog_memory *m = calloc(1, sizeof *m);
    if (m != NULL) {
        m->shown.plugins = m->plugins;
    }
    return m;
}

int32_t catalog_load(const char *folders, catalog **out, kinmu_err *err) {
    const catalog_caution none = {0};
    return catalog_load_with(folders, &none, out, err);
}

int32_t catalog_load_with(const char *folders, const catalog_caution *caution, catalog **out,
                          kinmu_err *err) {
    static const char *const parts[] = {"", "/collectors", "/connectors", "/exporters"};
    catalog_memory *m = empty_catalog();
    *out = &m->shown;
    if (m == NULL) {
        return error_set(err, KINMU_E_NOMEM, "catalog.memory", "out of memory");
    }
    while (*folders != '\0') {
        size_t size = strcspn(folders, ":");
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
            char path[CATALOG_PATH_SIZE];
            if (snprintf(path, sizeof path, "%.*s%s", (int)size, folders, parts[i]) <
                (int)sizeof path) {
                add_folder(m, caution, path);
            }
        }
        folders += size + (folders[size] == ':');
    }
    qsort(m->plugins, m->shown.count, sizeof m->plugins[0], compare_plugins);
    return KINMU_OK;
}

int32_t catalog_load_file(const char *file, catalog **out, kinmu_err *err) {
    *out = NULL;
    catalog_memory *m = empty_catalog();
    if (m == NULL) {
        return error_set(err, KINMU_E_NOMEM, "catalog.memory", "out of memory");
    }
    int32_t status = add_file(m, file, err);
    if (status != KINMU_OK) {
        catalog_free(&m->shown);
        return status;
    }
    *out = &m->shown;
    return KINMU_OK;
}

void catalog_free(catalog *c) {
    if (c != NULL) {
        catalog_memory *m = (catalog_memory *)c;
        arena_free(&m->memory);
        free(m);
    }
}

const catalog_plugin *catalog_find(const catalog *c, uint32_t kind, const char *name) {
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->plugins[i].plugin->kind == kind && strcmp(c->plugins[i].plugin->name, name) == 0) {
            return &c->plugins[i];
        }
    }
    return NULL;
}

int32_t catalog_register(const catalog *c, schema_registry *registry, kinmu_err *err) {
    uint32_t own_count = 0;
    const kinmu_schema *own = journal_schemas(&own_count);
    int32_t status = KINMU_OK;
    for (uint32_t i = 0; status == KINMU_OK && i < own_count; i++) {
        status = schema_registry_add(registry, &own[i], NULL, err);
    }
    if (status == KINMU_OK) { /* the core itself tells who took evidence (audit.c) */
        status = schema_registry_add(registry, &kinmu_audit_read, NULL, err);
    }
    if (status == KINMU_OK) { /* settings that came from elsewhere are told in it */
        status = schema_registry_add(registry, &kinmu_audit_change, NULL, err);
    }
    if (status == KINMU_OK) { /* what the store has forgotten (audit.c) */
        status = schema_registry_add(registry, &kinmu_audit_forget, NULL, err);
    }
    if (status == KINMU_OK) { /* who was told what, and answered (notices.c) */
        status = schema_registry_add(registry, &kinmu_audit_agreement, NULL, err);
    }
    if (status == KINMU_OK) { /* what it must not forget (holds.c) */
        status = schema_registry_add(registry, &kinmu_audit_hold, NULL, err);
    }
    for (uint32_t i = 0; status == KINMU_OK && i < c->count; i++) {
        const kinmu_plugin *plugin = c->plugins[i].plugin;
        for (uint32_t j = 0; status == KINMU_OK && j < plugin->schemas.count; j++) {
            kinmu_schema_use use;
            schema_table_row(&plugin->schemas, j, &use, sizeof use);
            kinmu_err why = {{0}, {0}};
            if (use.schema != NULL) {
                status = schema_registry_add(registry, use.schema, NULL, &why);
            }
            if (status != KINMU_OK) {
                error_set(err, status, why.key, "plugin \"%s\": %s", plugin->name, why.msg);
            }
        }
    }
    return status;
}

static const config_plugin *source_find(void *user, uint32_t kind, const char *type) {
    const catalog_plugin *found = catalog_find(user, kind, type);
    return found != NULL ? &found->config : NULL;
}

static const char *source_name(void *user, uint32_t kind, uint32_t index) {
    const catalog *c = user;
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->plugins[i].plugin->kind == kind && index-- == 0) {
            return c->plugins[i].plugin->name;
        }
    }
    return NULL;
}

config_source catalog_source(const catalog *c) {
    config_source source = {source_find, source_name, (void *)(uintptr_t)c};
    return source;
}

/* ---- carried between processes: [path, descriptor]… then [problem path, text]… ---- */

static void write_text(buffer *out, const char *text) {
    uint32_t size = (uint32_t)strlen(text);
    buffer_append(out, &size, sizeof size);
    buffer_append(out, text, size);
}

void catalog_write(const catalog *c, buffer *out) {
    buffer_append(out, &c->count, sizeof c->count);
    buffer_append(out, &c->problem_count, sizeof c->problem_count);
    for (uint32_t i = 0; i < c->count; i++) {
        write_text(out, c->plugins[i].file);
        descriptor_write(c->plugins[i].plugin, out);
    }
    for (uint32_t i = 0; i < c->problem_count; i++) {
        write_text(out, c->problems[i].file);
        write_text(out, c->problems[i].text);
    }
}

typedef struct reading {
    const uint8_t *data;
    size_t left;
    arena *memory;
} reading;

static int32_t read_u32(reading *r, uint32_t *number) {
    if (r->left < sizeof *number) {
        return 0;
    }
    memcpy(number, r->data, sizeof *number);
    r->data += sizeof *number;
    r->left -= sizeof *number;
    return 1;
}

static const char *read_text(reading *r) {
    uint32_t size;
    if (!read_u32(r, &size) || size > r->left || size > DESCRIPTOR_TEXT_MAX) {
        return NULL;
    }
    const char *text = arena_text(r->memory, (const char *)r->data, size);
    r->data += size;
    r->left -= size;
    return text;
}

static int32_t read_plugin(reading *r, catalog_plugin *entry, kinmu_err *err) {
    size_t used;
    entry->file = read_text(r);
    if (entry->file == NULL) {
        return KINMU_E_REJECT;
    }
    int32_t status = descriptor_read(r->memory, r->data, r->left, &used, &entry->plugin, err);
    if (status != KINMU_OK) {
        return status;
    }
    r->data += used;
    r->left -= used;
    if (entry->plugin->name == NULL || entry->plugin->version == NULL ||
        catalog_kind_name(entry->plugin->kind)[0] == '\0') {
        return KINMU_E_REJECT;
    }
    entry->first_party = strchr(entry->plugin->name, '.') == NULL;
    entry->config = (config_plugin){entry->plugin->name, entry->plugin->options,
                                    entry->plugin->config_size, entry->plugin->flags};
    return KINMU_OK;
}

int32_t catalog_read(const uint8_t *data, size_t size, catalog **out, kinmu_err *err) {
    catalog_memory *m = empty_catalog();
    *out = NULL;
    if (m == NULL) {
        return KINMU_E_NOMEM;
    }
    reading r = {data, size, &m->memory};
    uint32_t count = 0;
    uint32_t problems = 0;
    int32_t status = read_u32(&r, &count) && read_u32(&r, &problems) &&
                             count <= CATALOG_PLUGINS_MAX && problems <= CATALOG_PLUGINS_MAX
                         ? KINMU_OK
                         : KINMU_E_REJECT;
    for (uint32_t i = 0; status == KINMU_OK && i < count; i++) {
        status = read_plugin(&r, &m->plugins[i], err);
        m->shown.count += status == KINMU_OK;
    }
    for (uint32_t i = 0; status == KINMU_OK && i < problems; i++) {
        kinmu_err problem = {{0}, {0}};
        const char *file = read_text(&r);
        const char *text = file == NULL ? NULL : read_text(&r);
        if (text == NULL) {
            status = KINMU_E_REJECT;
            break;
        }
        text_copy(problem.msg, sizeof problem.msg, text);
        note_problem(&m->shown, &m->memory, file, &problem);
    }
    if (status != KINMU_OK) {
        catalog_free(&m->shown);
        return error_set(err, status, "catalog.damaged", "the plugin scan's answer is damaged");
    }
    *out = &m->shown;
    return KINMU_OK;
}

/* cli/plugin_check/tables.c - tests of what a plugin says of itself: names, docs, schemas, options.
 * Nothing of the plugin runs. */
#include "cli/plugin_check/tests.h"

#include "cli/cli.h"
#include "config/config.h"
#include "journal/schemas.h"
#include <kinmu/events/all.h>

#include <stdio.h>
#include <string.h>

/* ---- ids-unique ---- */

/* All rows of these tables begin their name at the same kind of member; `offset` finds it. */
static const char *name_at(const kinmu_table *table, uint32_t index, size_t offset) {
    const char *name = NULL;
    const uint8_t *row = (const uint8_t *)table->rows + (size_t)index * table->stride;
    memcpy(&name, row + offset, sizeof name);
    return name != NULL ? name : "";
}

static const char *find_twin(const kinmu_table *table, size_t offset) {
    for (uint32_t i = 0; i < table->count; i++) {
        for (uint32_t j = i + 1; j < table->count; j++) {
            if (strcmp(name_at(table, i, offset), name_at(table, j, offset)) == 0) {
                return name_at(table, i, offset);
            }
        }
    }
    return NULL;
}

static enum check_verdict unique(check *c, const char *what, const kinmu_table *table,
                                 size_t offset) {
    const char *twin = find_twin(table, offset);
    return twin == NULL ? CHECK_OK : check_fail(c, "two %s are called \"%s\"", what, twin);
}

static enum check_verdict unique_schemas(check *c) {
    const kinmu_table *table = &c->plugin->schemas;
    enum check_verdict verdict = CHECK_OK;
    for (uint32_t i = 0; verdict == CHECK_OK && i < table->count; i++) {
        kinmu_schema_use first;
        schema_table_row(table, i, &first, sizeof first);
        if (first.schema == NULL) {
            continue;
        }
        verdict =
            unique(c, "fields of a schema", &first.schema->fields, offsetof(kinmu_field, name));
        for (uint32_t j = i + 1; verdict == CHECK_OK && j < table->count; j++) {
            kinmu_schema_use second;
            schema_table_row(table, j, &second, sizeof second);
            if (second.schema != NULL && strcmp(first.schema->name, second.schema->name) == 0 &&
                first.schema->version == second.schema->version) {
                verdict = check_fail(c, "two schemas are called \"%s/%u\"", first.schema->name,
                                     first.schema->version);
            }
        }
    }
    return verdict;
}

/* A command under a word that Kinmu has itself would never be reached. */
static enum check_verdict free_shell_words(check *c) {
    for (uint32_t i = 0; i < c->plugin->commands.count; i++) {
        kinmu_command command;
        schema_table_row(&c->plugin->commands, i, &command, sizeof command);
        size_t size = command.shell != NULL ? strcspn(command.shell, " ") : 0;
        for (const cli_command *own = cli_commands; size > 0 && own->name != NULL; own++) {
            if (strlen(own->name) == size && memcmp(own->name, command.shell, size) == 0) {
                return check_fail(c, "the shell word \"%s\" is a command of kinmu itself",
                                  command.shell);
            }
        }
    }
    return CHECK_OK;
}

/* An option under a key that every instance has would never be set. */
static enum check_verdict free_option_names(check *c) {
    const kinmu_table *options = &c->plugin->options;
    for (uint32_t i = 0; i < options->count; i++) {
        const char *name = name_at(options, i, offsetof(kinmu_option, name));
        if (config_is_instance_key(name)) {
            return check_fail(c, "option \"%s\": every instance has a key of that name", name);
        }
    }
    return CHECK_OK;
}

enum check_verdict check_ids_unique(check *c) {
    const kinmu_plugin *plugin = c->plugin;
    enum check_verdict verdict =
        unique(c, "options", &plugin->options, offsetof(kinmu_option, name));
    if (verdict == CHECK_OK) {
        verdict = unique(c, "commands", &plugin->commands, offsetof(kinmu_command, name));
    }
    if (verdict == CHECK_OK) {
        verdict = unique(c, "metrics", &plugin->metrics, offsetof(kinmu_metric, name));
    }
    if (verdict == CHECK_OK) {
        verdict = unique(c, "tools", &plugin->tools, offsetof(kinmu_tool, name));
    }
    if (verdict == CHECK_OK) {
        verdict = unique(c, "titles", &plugin->titles, offsetof(kinmu_title, name));
    }
    verdict = verdict == CHECK_OK ? free_shell_words(c) : verdict;
    verdict = verdict == CHECK_OK ? free_option_names(c) : verdict;
    return verdict == CHECK_OK ? unique_schemas(c) : verdict;
}

/* ---- documented ---- */

static int32_t is_empty(const char *text) {
    return text == NULL || text[0] == '\0';
}

static enum check_verdict documented_options(check *c, const kinmu_table *options) {
    enum check_verdict verdict = CHECK_OK;
    for (uint32_t i = 0; verdict == CHECK_OK && i < options->count; i++) {
        kinmu_option option;
        schema_table_row(options, i, &option, sizeof option);
        if (is_empty(option.doc) || is_empty(option.doc_ja)) {
            return check_fail(c, "option \"%s\" has no %s", option.name,
                              is_empty(option.doc) ? "doc" : "doc_ja");
        }
        verdict = documented_options(c, &option.columns);
    }
    return verdict;
}

static enum check_verdict documented_fields(check *c, const char *owner,
                                            const kinmu_table *fields) {
    for (uint32_t i = 0; i < fields->count; i++) {
        kinmu_field field;
        schema_table_row(fields, i, &field, sizeof field);
        if (is_empty(field.doc)) {
            return check_fail(c, "%s: field \"%s\" has no doc", owner, field.name);
        }
        if (field.type == KINMU_TYPE_I64 && is_empty(field.unit)) {
            return check_fail(c, "%s: number \"%s\" has no unit (\"s\", \"count\", \"id\", …)",
                              owner, field.name);
        }
    }
    return CHECK_OK;
}

static enum check_verdict documented_schemas(check *c) {
    enum check_verdict verdict = CHECK_OK;
    for (uint32_t i = 0; verdict == CHECK_OK && i < c->plugin->schemas.count; i++) {
        kinmu_schema_use use;
        schema_table_row(&c->plugin->schemas, i, &use, sizeof use);
        if (use.schema == NULL || (use.flags & KINMU_EMITS) == 0) {
            continue; /* whoever emits it describes it */
        }
        verdict = is_empty(use.schema->doc)
                      ? check_fail(c, "schema \"%s\" has no doc", use.schema->name)
                      : documented_fields(c, use.schema->name, &use.schema->fields);
    }
    return verdict;
}

static enum check_verdict documented_commands(check *c) {
    enum check_verdict verdict = CHECK_OK;
    for (uint32_t i = 0; verdict == CHECK_OK && i < c->plugin->commands.count; i++) {
        kinmu_command command;
        schema_table_row(&c->plugin->commands, i, &command, sizeof command);
        if (is_empty(command.doc) || is_empty(command.permission)) {
            return check_fail(c, "command \"%s\" has no %s", command.name,
                              is_empty(command.doc) ? "doc" : "permission");
        }
        verdict = documented_fields(c, command.name, &command.input);
        verdict =
            verdict == CHECK_OK ? documented_fields(c, command.name, &command.output) : verdict;
    }
    return verdict;
}

static enum check_verdict documented_tools(check *c) {
    for (uint32_t i = 0; i < c->plugin->tools.count; i++) {
        kinmu_tool tool;
        schema_table_row(&c->plugin->tools, i, &tool, sizeof tool);
        if (is_empty(tool.doc) || tool.usage == NULL) {
            return check_fail(c, "tool \"%s\" has no %s", tool.name,
                              is_empty(tool.doc) ? "doc" : "usage");
        }
    }
    return CHECK_OK;
}

static enum check_verdict documented_titles(check *c) {
    for (uint32_t i = 0; i < c->plugin->titles.count; i++) {
        kinmu_title title;
        schema_table_row(&c->plugin->titles, i, &title, sizeof title);
        if (is_empty(title.name) || is_empty(title.ja)) {
            return check_fail(c, "title %u (\"%s\") has no %s", i,
                              is_empty(title.name) ? "" : title.name,
                              is_empty(title.name) ? "name" : "ja");
        }
    }
    return CHECK_OK;
}

enum check_verdict check_documented(check *c) {
    const kinmu_plugin *plugin = c->plugin;
    if (is_empty(plugin->doc) || is_empty(plugin->doc_ja) || is_empty(plugin->vendor) ||
        is_empty(plugin->licence)) {
        return check_fail(c, "the plugin has no %s",
                          is_empty(plugin->doc)      ? "doc"
                          : is_empty(plugin->doc_ja) ? "doc_ja"
                          : is_empty(plugin->vendor) ? "vendor"
                                                     : "licence");
    }
    enum check_verdict verdict = documented_options(c, &plugin->options);
    verdict = verdict == CHECK_OK ? documented_schemas(c) : verdict;
    verdict = verdict == CHECK_OK ? documented_commands(c) : verdict;
    verdict = verdict == CHECK_OK ? documented_tools(c) : verdict;
    verdict = verdict == CHECK_OK ? documented_titles(c) : verdict;
    for (uint32_t i = 0; verdict == CHECK_OK && i < plugin->metrics.count; i++) {
        kinmu_metric metric;
        schema_table_row(&plugin->metrics, i, &metric, sizeof metric);
        if (is_empty(metric.doc) || is_empty(metric.unit)) {
            verdict = check_fail(c, "metric \"%s\" has no %s", metric.name,
                                 is_empty(metric.doc) ? "doc" : "unit");
        }
    }
    return verdict;
}

/* ---- schema-valid ---- */

static int32_t has_field(const kinmu_schema *schema, const char *name, size_t size) {
    static const char *const stamps[] = {"subject", "unix_ns", "sequence", "block"};
    for (size_t i = 0; i < sizeof stamps / sizeof stamps[0]; i++) {
        if (strlen(stamps[i]) == size && memcmp(stamps[i], name, size) == 0) {
            return 1;
        }
    }
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        const char *field = name_at(&schema->fields, i, offsetof(kinmu_field, name));
        if (strlen(field) == size && memcmp(field, name, size) == 0) {
            return 1;
        }
    }
    return 0;
}

static enum check_verdict valid_indexes(check *c, const kinmu_schema *schema) {
    for (const char *at = schema->indexes; at != NULL && *at != '\0';) {
        size_t size = strcspn(at, ",;");
        if (!has_field(schema, at, size)) {
            return check_fail(c, "%s: indexes names \"%.*s\", which is no field of it",
                              schema->name, (int)size, at);
        }
        at += size + (at[size] != '\0');
    }
    return CHECK_OK;
}

static enum check_verdict valid_kind(check *c, const kinmu_schema *schema) {
    uint32_t keys = 0;
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        kinmu_field field;
        schema_table_row(&schema->fields, i, &field, sizeof field);
        keys += (field.flags & KINMU_FIELD_KEY) != 0;
    }
    if (schema->kind == KINMU_KIND_LOG && keys > 0) {
        return check_fail(c, "%s is a log, which has no key", schema->name);
    }
    if (schema->kind == KINMU_KIND_RECORD && (keys == 0 || is_empty(schema->owner))) {
        return check_fail(c, "%s is a record and has no %s", schema->name,
                          keys == 0 ? "key field" : "owner");
    }
    return CHECK_OK;
}

schema_registry *check_vocabulary(void) {
    schema_registry *registry = NULL;
    kinmu_err err = {{0}, {0}};
    uint32_t own_count = 0;
    const kinmu_schema *own = journal_schemas(&own_count);
    int32_t status = schema_registry_create(&registry);
    for (uint32_t i = 0; status == KINMU_OK && i < own_count; i++) {
        status = schema_registry_add(registry, &own[i], NULL, &err);
    }
    for (uint32_t i = 0; status == KINMU_OK && i < KINMU_VOCABULARY_COUNT; i++) {
        status = schema_registry_add(registry, kinmu_vocabulary[i], NULL, &err);
    }
    if (status != KINMU_OK) {
        schema_registry_destroy(registry);
        return NULL;
    }
    return registry;
}

static enum check_verdict valid_schema(check *c, schema_registry *registry,
                                       const kinmu_schema *schema) {
    int32_t is_vendor = strchr(c->plugin->name, '.') != NULL;
    uint32_t known = schema_registry_count(registry);
    kinmu_err err = {{0}, {0}};
    if (schema_registry_add(registry, schema, NULL, &err) != KINMU_OK) {
        return check_fail(c, "%s", err.msg);
    }
    if (is_vendor && strncmp(schema->name, "kinmu.", 6) == 0 &&
        schema_registry_count(registry) > known) {
        return check_fail(c, "%s is not in the vocabulary; name it by your reverse domain",
                          schema->name);
    }
    enum check_verdict verdict = valid_kind(c, schema);
    return verdict == CHECK_OK ? valid_indexes(c, schema) : verdict;
}

enum check_verdict check_schema_valid(check *c) {
    schema_registry *registry = check_vocabulary();
    enum check_verdict verdict =
        registry != NULL ? CHECK_OK : check_skip(c, "the vocabulary cannot be read");
    for (uint32_t i = 0; verdict == CHECK_OK && i < c->plugin->schemas.count; i++) {
        kinmu_schema_use use;
        schema_table_row(&c->plugin->schemas, i, &use, sizeof use);
        verdict = use.schema != NULL ? valid_schema(c, registry, use.schema) : CHECK_OK;
    }
    schema_registry_destroy(registry);
    return verdict;
}

/* ---- options-valid ---- */

static uint32_t member_size(uint32_t type) {
    static const size_t sizes[] = {
        [KINMU_OPT_BOOL] = sizeof(int32_t),         [KINMU_OPT_INT] = sizeof(int64_t),
        [KINMU_OPT_DURATION] = sizeof(int64_t),     [KINMU_OPT_SIZE] = sizeof(int64_t),
        [KINMU_OPT_TEXT] = sizeof(char *),          [KINMU_OPT_CHOICE] = sizeof(char *),
        [KINMU_OPT_LIST] = sizeof(kinmu_text_list), [KINMU_OPT_ROWS] = sizeof(kinmu_rows),
        [KINMU_OPT_SECRET] = sizeof(char *)};
    return type < sizeof sizes / sizeof sizes[0] ? (uint32_t)sizes[type] : 0;
}

static enum check_verdict valid_places(check *c, const kinmu_table *options, uint32_t struct_size);

static enum check_verdict valid_row(check *c, const kinmu_option *option, uint32_t struct_size) {
    uint32_t size = member_size(option->type);
    if (size == 0 || option->offset > struct_size || size > struct_size - option->offset) {
        return check_fail(c, "option \"%s\": its type is unknown or its place outside the struct",
                          option->name);
    }
    if (option->min > option->max) {
        return check_fail(c, "option \"%s\": min is above max", option->name);
    }
    if (option->type == KINMU_OPT_CHOICE && is_empty(option->choices)) {
        return check_fail(c, "option \"%s\" has no choices", option->name);
    }
    if ((option->flags & KINMU_OPTION_REQUIRED) != 0 && option->default_text != NULL) {
        return check_fail(c, "option \"%s\" is required and has a default", option->name);
    }
    return option->type == KINMU_OPT_ROWS ? valid_places(c, &option->columns, option->row_size)
                                          : CHECK_OK;
}

static enum check_verdict valid_places(check *c, const kinmu_table *options, uint32_t struct_size) {
    enum check_verdict verdict = CHECK_OK;
    for (uint32_t i = 0; verdict == CHECK_OK && i < options->count; i++) {
        kinmu_option option;
        schema_table_row(options, i, &option, sizeof option);
        verdict = valid_row(c, &option, struct_size);
        for (uint32_t j = 0; verdict == CHECK_OK && j < i; j++) {
            kinmu_option other;
            schema_table_row(options, j, &other, sizeof other);
            if (option.offset < other.offset + member_size(other.type) &&
                other.offset < option.offset + member_size(option.type)) {
                verdict =
                    check_fail(c, "options \"%s\" and \"%s\" lie over each other in the struct",
                               other.name, option.name);
            }
        }
    }
    return verdict;
}

enum check_verdict check_options_valid(check *c) {
    void *filled = NULL;
    void *memory = NULL;
    kinmu_err err = {{0}, {0}};
    enum check_verdict verdict = valid_places(c, &c->plugin->options, c->plugin->config_size);
    if (verdict == CHECK_OK && config_fill(&c->plugin->options, c->plugin->config_size, "check",
                                           NULL, &filled, &memory, &err) != KINMU_OK) {
        verdict = check_fail(c, "%s", err.msg);
    }
    config_fill_free(filled, memory);
    return verdict;
}

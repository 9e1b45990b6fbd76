/* config/describe.c - the reference page and the commented sample of an option table.
 *
 * Both come from the table alone, so they cannot drift from what the program checks. Japanese
 * stands first, English beside it. The sample of a plugin passes the check as it stands.
 */
#include "base/text.h"
#include "config/internal.h"
#include "schema/registry.h"
#include <kinmu/plugin.h>

#include <string.h>

#define INDENT_MAX 32

static const char *type_word(uint32_t type) {
    static const char *const words[] = {"",     "bool",   "int",  "duration", "size",
                                        "text", "choice", "list", "rows",     "secret"};
    return type <= KINMU_OPT_SECRET ? words[type] : "";
}

static const char *kind_word(uint32_t kind) {
    static const char *const words[] = {"", "collector", "connector", "exporter"};
    return kind <= KINMU_EXPORTER ? words[kind] : "";
}

/* "1m – 1h", "a, b, c", "" */
static void write_range(const kinmu_option *option, buffer *out) {
    if (option->choices != NULL) {
        for (const char *at = option->choices; *at != '\0'; at++) {
            buffer_append(out, *at == '|' ? ", " : at, *at == '|' ? 2 : 1);
        }
    } else if (option->min != 0 || option->max != 0) {
        char low[CONFIG_NUMBER_SIZE];
        char high[CONFIG_NUMBER_SIZE];
        config_print_number(option->type, option->min, low);
        config_print_number(option->type, option->max, high);
        const char *unit = option->type == KINMU_OPT_TEXT ? " bytes"
                           : option->type == KINMU_OPT_LIST || option->type == KINMU_OPT_ROWS
                               ? " entries"
                               : "";
        buffer_printf(out, "%s – %s%s", low, high, unit);
    }
}

/* ---- reference page ---- */

/* A table cell: no line ends, no bars. */
static void write_cell(const char *text, buffer *out) {
    for (const char *at = text != NULL ? text : ""; *at != '\0'; at++) {
        if (*at == '|') {
            buffer_text(out, "\\|");
        } else {
            buffer_append(out, *at == '\n' ? " " : at, 1);
        }
    }
}

static void write_row(const kinmu_option *option, buffer *out) {
    buffer_printf(out, "| `%s` | %s | ", option->name, type_word(option->type));
    if (option->default_text != NULL) {
        buffer_text(out, "`");
        write_cell(option->default_text, out);
        buffer_text(out, "`");
    } else {
        buffer_text(out, (option->flags & KINMU_OPTION_REQUIRED) != 0 ? "**必須 required**" : "—");
    }
    buffer_text(out, " | ");
    buffer range = {0};
    write_range(option, &range);
    write_cell(buffer_string(&range), out);
    buffer_free(&range);
    buffer_text(out, " | ");
    write_cell(option->doc_ja, out);
    buffer_text(out, " | ");
    write_cell(option->doc, out);
    buffer_printf(out, "%s%s | %s |\n", (option->flags & KINMU_OPTION_LIVE) != 0 ? " *(live)*" : "",
                  (option->flags & KINMU_OPTION_DEPRECATED) != 0 ? " *(deprecated)*" : "",
                  option->since != NULL ? option->since : "");
}

static void write_table(const kinmu_table *options, buffer *out) {
    if (options->count == 0) {
        return;
    }
    buffer_text(out,
                "| キー key | 型 type | 既定値 default | 範囲 range | 説明 | meaning | since |\n"
                "|---|---|---|---|---|---|---|\n");
    for (uint32_t i = 0; i < options->count; i++) {
        kinmu_option option;
        config_option_row(options, i, &option);
        write_row(&option, out);
    }
    for (uint32_t i = 0; i < options->count; i++) {
        kinmu_option option;
        config_option_row(options, i, &option);
        if (option.type == KINMU_OPT_ROWS) {
            buffer_printf(out, "\n`%s` の各行 / each entry of `%s`:\n\n", option.name, option.name);
            write_table(&option.columns, out);
        }
    }
}

void config_describe_markdown(const config_topic *topic, buffer *out) {
    buffer_printf(out, "## %s%s%s\n\n", topic->title, topic->kind[0] != '\0' ? " — " : "",
                  topic->kind);
    if (topic->doc_ja != NULL) {
        buffer_printf(out, "%s\n\n", topic->doc_ja);
    }
    buffer_printf(out, "%s\n\n", topic->doc != NULL ? topic->doc : "");
    write_table(topic->options, out);
    if (topic->options->count == 0) {
        buffer_text(out, "設定項目なし。 No options of its own.\n");
    }
    if (topic->generic != NULL) {
        buffer_text(out, "\n### どのプラグインにもあるキー / keys every instance has\n\n");
        write_table(topic->generic, out);
    }
    buffer_text(out, "\n");
}

static void write_tools(const kinmu_plugin *plugin, buffer *out) {
    buffer_text(out, plugin->tools.count > 0 ? "\n### ツール / tools\n\n" : "");
    for (uint32_t i = 0; i < plugin->tools.count; i++) {
        kinmu_tool tool;
        schema_table_row(&plugin->tools, i, &tool, sizeof tool);
        buffer_printf(out, "- `kinmu %s %s%s%s`: %s\n", plugin->name, tool.name,
                      tool.usage != NULL && tool.usage[0] != '\0' ? " " : "",
                      tool.usage != NULL ? tool.usage : "", tool.doc != NULL ? tool.doc : "");
    }
}

static void write_schemas(const kinmu_plugin *plugin, buffer *out) {
    buffer_text(out, plugin->schemas.count > 0 ? "### イベント / events\n\n" : "");
    for (uint32_t i = 0; i < plugin->schemas.count; i++) {
        kinmu_schema_use use;
        schema_table_row(&plugin->schemas, i, &use, sizeof use);
        const char *way = (use.flags & KINMU_EMITS) == 0     ? "受け取る accepts"
                          : (use.flags & KINMU_ACCEPTS) == 0 ? "出す emits"
                                                             : "出す・受け取る emits, accepts";
        if (use.schema == NULL) {
            buffer_printf(out, "- %s `*` (すべて any)\n", way);
        } else {
            buffer_printf(out, "- %s `%s/%u` (目的 purpose: %s): %s\n", way, use.schema->name,
                          use.schema->version, use.schema->purpose,
                          use.schema->doc != NULL ? use.schema->doc : "");
        }
    }
    buffer_text(out, plugin->commands.count > 0 ? "\n### コマンド / commands\n\n" : "");
    for (uint32_t i = 0; i < plugin->commands.count; i++) {
        kinmu_command command;
        schema_table_row(&plugin->commands, i, &command, sizeof command);
        buffer_printf(out, "- `%s`%s%s%s (%s): %s\n", command.name,
                      command.shell != NULL ? ", `kinmu " : "",
                      command.shell != NULL ? command.shell : "", command.shell != NULL ? "`" : "",
                      command.permission != NULL ? command.permission : "",
                      command.doc != NULL ? command.doc : "");
    }
    write_tools(plugin, out);
    buffer_text(out, plugin->metrics.count > 0 ? "\n### 計測値 / metrics\n\n" : "");
    for (uint32_t i = 0; i < plugin->metrics.count; i++) {
        kinmu_metric metric;
        schema_table_row(&plugin->metrics, i, &metric, sizeof metric);
        buffer_printf(out, "- `%s`: %s\n", metric.name, metric.doc != NULL ? metric.doc : "");
    }
    buffer_printf(out, "\n%s %s, %s, %s\n", plugin->name, plugin->version,
                  plugin->vendor != NULL ? plugin->vendor : "",
                  plugin->licence != NULL ? plugin->licence : "");
}

/* ---- commented sample: "# words" is a comment, "#key: value" an option left at its default ----
 */

static void write_comment(const char *indent, const char *text, buffer *out) {
    while (text != NULL && *text != '\0') {
        size_t size = strcspn(text, "\n");
        buffer_printf(out, "%s# %.*s\n", indent, (int)size, text);
        text += size + (text[size] == '\n');
    }
}

/* A value that passes the check, for an option that has no default. */
static void write_example(const kinmu_option *option, buffer *out) {
    char number[CONFIG_NUMBER_SIZE];
    switch (option->type) {
    case KINMU_OPT_BOOL:
        buffer_text(out, "false");
        break;
    case KINMU_OPT_CHOICE:
        buffer_append(out, option->choices, strcspn(option->choices, "|"));
        break;
    case KINMU_OPT_LIST:
        buffer_text(out, "[");
        for (int64_t i = 0; option->choices != NULL && i < option->min; i++) {
            buffer_printf(out, "%s%.*s", i > 0 ? ", " : "", (int)strcspn(option->choices, "|"),
                          option->choices);
        }
        for (int64_t i = 0; option->choices == NULL && i < option->min; i++) {
            buffer_text(out, i > 0 ? ", text" : "text");
        }
        buffer_text(out, "]");
        break;
    case KINMU_OPT_ROWS:
        buffer_text(out, "[]");
        break;
    case KINMU_OPT_SECRET:
        buffer_text(out, "${file:/etc/kinmu/secret}");
        break;
    case KINMU_OPT_TEXT:
        buffer_text(out, "\"");
        for (int64_t i = 0; i < option->min; i++) {
            buffer_text(out, "x");
        }
        buffer_text(out, "\"");
        break;
    default:
        config_print_number(option->type, option->min, number);
        buffer_text(out, number);
    }
}

static void write_sample(const char *indent, const kinmu_option *option, buffer *out) {
    buffer range = {0};
    write_range(option, &range);
    write_comment(indent, option->doc_ja, out);
    write_comment(indent, option->doc, out);
    buffer_printf(out, "%s# %s%s%s%s\n", indent, type_word(option->type),
                  range.size > 0 ? ": " : "", buffer_string(&range),
                  (option->flags & KINMU_OPTION_REQUIRED) != 0 ? "; required" : "");
    buffer_free(&range);
    const char *hide = (option->flags & KINMU_OPTION_REQUIRED) != 0 ? "" : "#";
    buffer_printf(out, "%s%s%s: ", indent, hide, option->name);
    if (option->default_text != NULL && option->default_text[0] != '\0') {
        buffer_text(out, option->default_text);
    } else {
        write_example(option, out);
    }
    buffer_text(out, "\n");
    for (uint32_t i = 0; option->type == KINMU_OPT_ROWS && i < option->columns.count; i++) {
        kinmu_option column;
        config_option_row(&option->columns, i, &column);
        buffer_printf(out, "%s#   %s%s: %s%s%s\n", indent, i == 0 ? "- " : "  ", column.name,
                      type_word(column.type), column.doc_ja != NULL ? "  " : "",
                      column.doc_ja != NULL ? column.doc_ja : "");
    }
}

static void write_samples(const char *indent, const kinmu_table *options, buffer *out) {
    for (uint32_t i = 0; i < options->count; i++) {
        kinmu_option option;
        config_option_row(options, i, &option);
        if ((option.flags & KINMU_OPTION_DEPRECATED) == 0) {
            write_sample(indent, &option, out);
        }
    }
}

void config_describe_sample(const config_topic *topic, buffer *out) {
    write_comment("", topic->doc_ja, out);
    write_comment("", topic->doc, out);
    if (topic->kind[0] == '\0') { /* a section of the core */
        buffer_printf(out, "%s:\n", topic->title);
        write_samples(strchr(topic->title, '\n') != NULL ? "    " : "  ", topic->options, out);
        return;
    }
    buffer_printf(out, "%ss:\n  %s:\n", topic->kind, topic->title);
    write_samples("    ", topic->options, out);
    if (topic->generic != NULL) {
        write_samples("    ", topic->generic, out);
    }
}

/* ---- the three formats ---- */

static const char schema_start[] =
    "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":";

static void describe_schema(const kinmu_plugin *plugin, buffer *out) {
    buffer_text(out, schema_start);
    text_json(out, plugin->name, strlen(plugin->name));
    buffer_text(out, ",\"$ref\":\"#/$defs/instance\",\"$defs\":{\"instance\":");
    config_schema_object(
        &(config_tables){{&config_core_tables[SECTION_COLLECTORS], &plugin->options}, 2},
        plugin->doc, out);
    buffer_text(out, "}}\n");
}

int32_t config_describe(const kinmu_plugin *plugin, const char *format, buffer *out) {
    config_topic topic = {plugin->name,     kind_word(plugin->kind),
                          plugin->doc,      plugin->doc_ja,
                          &plugin->options, &config_core_tables[SECTION_COLLECTORS]};
    if (strcmp(format, "md") == 0) {
        config_describe_markdown(&topic, out);
        write_schemas(plugin, out);
    } else if (strcmp(format, "yaml") == 0) {
        config_describe_sample(&topic, out);
    } else if (strcmp(format, "json-schema") == 0) {
        describe_schema(plugin, out);
    } else {
        return KINMU_E_NOTFOUND;
    }
    return KINMU_OK;
}

/* Sections of maps that people name themselves. */
static int32_t is_by_name(uint32_t section) {
    return section == SECTION_PURPOSES || section == SECTION_NOTICES;
}

static void describe_core_schema(buffer *out) {
    buffer_text(out, schema_start);
    buffer_text(
        out,
        "\"Kinmu conf.d\",\"type\":\"object\",\"additionalProperties\":false,\"properties\":{");
    for (uint32_t i = 0; i < SECTION_COUNT; i++) {
        buffer_printf(out, "%s\"%s\":", i > 0 ? "," : "", config_section_names[i]);
        if (i >= SECTION_COLLECTORS) {
            buffer_text(
                out,
                "{\"type\":\"object\",\"additionalProperties\":{\"type\":[\"object\",\"null\"]}}");
            continue;
        }
        buffer_text(out, is_by_name(i) ? "{\"type\":\"object\",\"additionalProperties\":" : "");
        config_schema_object(&(config_tables){{&config_core_tables[i]}, 1}, config_section_docs[i],
                             out);
        buffer_text(out, is_by_name(i) ? "}" : "");
    }
    buffer_text(out, "}}\n");
}

int32_t config_describe_core(const char *format, buffer *out) {
    if (strcmp(format, "json-schema") == 0) {
        describe_core_schema(out);
        return KINMU_OK;
    }
    int32_t is_page = strcmp(format, "md") == 0;
    if (!is_page && strcmp(format, "yaml") != 0) {
        return KINMU_E_NOTFOUND;
    }
    /* The three plugin sections are described by the plugins; what they share comes once. */
    for (uint32_t i = 0; i <= (is_page ? SECTION_COLLECTORS : SECTION_LOG); i++) {
        config_topic topic = {config_section_names[i], "",
                              config_section_docs[i],  config_section_docs_ja[i],
                              &config_core_tables[i],  NULL};
        if (i == SECTION_PURPOSES) {
            topic.title = is_page ? "purposes.NAME" : "purposes:\n  working-time";
        } else if (i == SECTION_NOTICES) {
            topic.title = is_page ? "notices.NAME" : "notices:\n  activity";
        } else if (i == SECTION_COLLECTORS) {
            topic.title = "collectors.INSTANCE, connectors.INSTANCE, exporters.INSTANCE";
            topic.doc = "What every plugin's instance has beside the plugin's own options.";
            topic.doc_ja = "プラグイン自身の設定のほかに、どのインスタンスにもあるキー。";
        }
        if (is_page) {
            config_describe_markdown(&topic, out);
        } else {
            config_describe_sample(&topic, out);
        }
    }
    return KINMU_OK;
}

/* config/describe_schema.c - option tables as JSON Schema (draft 2020-12), for editors that help
 * while a conf.d file is being written. What an editor accepts, `kinmu check` accepts, too; the
 * check knows more (files, purposes, names). */
#include "base/text.h"
#include "config/internal.h"

#include <inttypes.h>
#include <string.h>

static void write_string(const char *text, buffer *out) {
    text_json(out, text, strlen(text));
}

static void write_choices(const char *choices, buffer *out) {
    buffer_text(out, "\"enum\":[");
    for (const char *at = choices; at != NULL && *at != '\0';) {
        size_t size = strcspn(at, "|");
        text_json(out, at, size);
        buffer_text(out, at[size] == '|' ? "," : "");
        at += size + (at[size] == '|');
    }
    buffer_text(out, "]");
}

static void write_bounds(const kinmu_option *option, const char *low, const char *high,
                         buffer *out) {
    if (option->min != 0 || option->max != 0) {
        buffer_printf(out, ",\"%s\":%" PRId64 ",\"%s\":%" PRId64, low, option->min, high,
                      option->max);
    }
}

/* The default in JSON's types: a bool or number as such, the rest as the text that stands in YAML.
 */
static void write_default(const kinmu_option *option, buffer *out) {
    const char *text = option->default_text;
    if (text == NULL || option->type == KINMU_OPT_LIST || option->type == KINMU_OPT_ROWS ||
        option->type == KINMU_OPT_SECRET) {
        return;
    }
    config_node node = {.type = CONFIG_SCALAR, .text = text, .size = strlen(text)};
    int64_t number;
    const char *expected;
    buffer_text(out, ",\"default\":");
    /* A quoted default is a JSON string already. */
    if (option->type == KINMU_OPT_BOOL || text[0] == '"') {
        buffer_text(out, text);
    } else if (option->type == KINMU_OPT_INT &&
               config_read_number(KINMU_OPT_INT, &node, &number, &expected) == KINMU_OK) {
        buffer_printf(out, "%" PRId64, number);
    } else {
        write_string(text, out);
    }
}

static void write_type(const kinmu_option *option, buffer *out) {
    switch (option->type) {
    case KINMU_OPT_BOOL:
        buffer_text(out, "\"type\":\"boolean\"");
        break;
    case KINMU_OPT_INT:
        buffer_text(out, "\"type\":\"integer\"");
        write_bounds(option, "minimum", "maximum", out);
        break;
    case KINMU_OPT_DURATION:
        buffer_text(out, "\"type\":\"string\",\"pattern\":\"^[0-9]+(ms|s|m|h|d)$\"");
        break;
    case KINMU_OPT_SIZE:
        buffer_text(out, "\"anyOf\":[{\"type\":\"integer\",\"minimum\":0},{\"type\":\"string\","
                         "\"pattern\":\"^[0-9]+(KiB|MiB|GiB|TiB)$\"}]");
        break;
    case KINMU_OPT_CHOICE:
        write_choices(option->choices, out);
        break;
    case KINMU_OPT_LIST:
        buffer_text(out, "\"type\":\"array\",\"items\":{");
        if (option->choices != NULL) {
            write_choices(option->choices, out);
        } else {
            buffer_text(out, "\"type\":[\"string\",\"number\",\"boolean\"]");
        }
        buffer_text(out, "}");
        write_bounds(option, "minItems", "maxItems", out);
        break;
    case KINMU_OPT_ROWS:
        buffer_text(out, "\"type\":\"array\",\"items\":");
        config_schema_object(&(config_tables){{&option->columns}, 1}, NULL, out);
        write_bounds(option, "minItems", "maxItems", out);
        break;
    case KINMU_OPT_SECRET:
        buffer_text(out, "\"type\":\"string\",\"pattern\":\"^\\\\$\\\\{(file:[^}]+|env:[A-Za-z_][A-"
                         "Za-z0-9_]*)\\\\}$\"");
        break;
    default: /* a plain 42 is a text where a text is asked for */
        buffer_text(out, "\"type\":[\"string\",\"number\",\"boolean\"]");
    }
}

static void write_property(const kinmu_option *option, buffer *out) {
    write_string(option->name, out);
    buffer_text(out, ":{");
    write_type(option, out);
    write_default(option, out);
    if (option->doc != NULL || option->doc_ja != NULL) {
        buffer both = {0};
        buffer_printf(&both, "%s%s%s", option->doc_ja != NULL ? option->doc_ja : "",
                      option->doc != NULL && option->doc_ja != NULL ? "\n" : "",
                      option->doc != NULL ? option->doc : "");
        buffer_text(out, ",\"description\":");
        write_string(buffer_string(&both), out);
        buffer_free(&both);
    }
    buffer_text(out,
                (option->flags & KINMU_OPTION_DEPRECATED) != 0 ? ",\"deprecated\":true}" : "}");
}

void config_schema_object(const config_tables *tables, const char *doc, buffer *out) {
    buffer required = {0};
    uint32_t written = 0;
    buffer_text(out, "{\"type\":\"object\",");
    if (doc != NULL) {
        buffer_text(out, "\"description\":");
        write_string(doc, out);
        buffer_text(out, ",");
    }
    buffer_text(out, "\"additionalProperties\":false,\"properties\":{");
    for (uint32_t t = 0; t < tables->count; t++) {
        for (uint32_t i = 0; i < tables->tables[t]->count; i++) {
            kinmu_option option;
            config_option_row(tables->tables[t], i, &option);
            buffer_text(out, written++ > 0 ? "," : "");
            write_property(&option, out);
            if ((option.flags & KINMU_OPTION_REQUIRED) != 0) {
                buffer_text(&required, required.size > 0 ? "," : "");
                write_string(option.name, &required);
            }
        }
    }
    buffer_text(out, "}");
    if (required.size > 0) {
        buffer_printf(out, ",\"required\":[%s]", buffer_string(&required));
    }
    buffer_free(&required);
    buffer_text(out, "}");
}

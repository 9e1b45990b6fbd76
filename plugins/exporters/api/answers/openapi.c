/* api/answers/openapi.c - GET openapi.json: OpenAPI 3.1, printed from the tables that requests are
 * judged by - endpoints and their parameters, the commands of all running instances, the schemas.
 */
#include "access/login.h"
#include "answers/page.h"

#include <string.h>

#define PREFIX "/api/v1/"

static json_t *reference(const char *to) {
    return json_pack("{s:s}", "$ref", to);
}

/* "a|b|c" as a list. */
static json_t *choice_list(const char *choices) {
    json_t *list = json_array();
    while (*choices != '\0') {
        size_t size = strcspn(choices, "|");
        json_array_append_new(list, json_stringn(choices, size));
        choices += size + (choices[size] == '|');
    }
    return list;
}

static json_t *type_json(const char *type, int32_t is_nullable) {
    return is_nullable ? json_pack("[s, s]", type, "null") : json_string(type);
}

static json_t *field_schema(const kinmu_field *field, int32_t is_nullable) {
    static const char *const types[] = {
        [KINMU_TYPE_BOOL] = "boolean", [KINMU_TYPE_I64] = "integer",  [KINMU_TYPE_F64] = "number",
        [KINMU_TYPE_TEXT] = "string",  [KINMU_TYPE_BYTES] = "string", [KINMU_TYPE_TIME] = "string",
    };
    json_t *schema = json_object();
    int32_t is_json =
        field->type == KINMU_TYPE_TEXT && field->unit != NULL && strcmp(field->unit, "json") == 0;
    if (!is_json && field->type >= KINMU_TYPE_BOOL && field->type <= KINMU_TYPE_TIME) {
        json_object_set_new(schema, "type", type_json(types[field->type], is_nullable));
    }
    if (field->type == KINMU_TYPE_TIME) {
        json_object_set_new(schema, "format", json_string("date-time"));
    } else if (field->type == KINMU_TYPE_BYTES) {
        json_object_set_new(schema, "pattern", json_string("^([0-9a-f]{2})*$"));
    } else if (field->type == KINMU_TYPE_TEXT && field->choices != NULL && !is_nullable) {
        json_object_set_new(schema, "enum", choice_list(field->choices));
    }
    if (field->doc != NULL) {
        json_object_set_new(schema, "description", json_string(field->doc));
    }
    if (field->unit != NULL && field->unit[0] != '\0' && !is_json) {
        json_object_set_new(schema, "x-unit", json_string(field->unit));
    }
    return schema;
}

/* The object of a table. An answer has all members, some of them null; a request what it needs. */
static json_t *table_schema(const kinmu_table *fields, int32_t is_answer) {
    json_t *properties = json_object();
    json_t *required = json_array();
    for (uint32_t i = 0; i < fields->count; i++) {
        kinmu_field field = body_field(fields, i);
        int32_t is_needed = (field.flags & (KINMU_FIELD_REQUIRED | KINMU_FIELD_KEY)) != 0;
        json_object_set_new(properties, field.name, field_schema(&field, is_answer && !is_needed));
        if (is_needed) {
            json_array_append_new(required, json_string(field.name));
        }
    }
    return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties, "required",
                     required, "additionalProperties", is_answer);
}

static json_t *content(json_t *schema) {
    return json_pack("{s:{s:o}}", "application/json", "schema", schema);
}

static json_t *responses(json_t *schema) {
    return json_pack("{s:{s:s, s:o}, s:o}", "200", "description", "Done.", "content",
                     content(schema), "default", reference("#/components/responses/Problem"));
}

static json_t *parameter(const char *name, const char *in, int32_t is_required, json_t *schema) {
    return json_pack("{s:s, s:s, s:b, s:o}", "name", name, "in", in, "required", is_required,
                     "schema", schema);
}

/* ---- endpoints ---- */

static json_t *endpoint_parameters(const endpoint *e) {
    json_t *list = json_array();
    for (const char *at = strchr(e->path, '{'); at != NULL; at = strchr(at + 1, '{')) {
        char name[32] = "";
        size_t size = strcspn(at + 1, "}+");
        memcpy(name, at + 1, size < sizeof name ? size : sizeof name - 1);
        json_array_append_new(list,
                              parameter(name, "path", 1, json_pack("{s:s}", "type", "string")));
    }
    for (uint32_t i = 0; !endpoint_has_members(e) && i < e->parameter_count; i++) {
        json_array_append_new(
            list, parameter(e->parameters[i].name, "query", 0, field_schema(&e->parameters[i], 0)));
    }
    return list;
}

static json_t *endpoint_responses(const endpoint *e) {
    if (strstr(e->path, "{file}") != NULL) {
        return json_pack("{s:{s:s, s:{s:{}}}, s:o}", "200", "description", "The file as it is.",
                         "content", "application/octet-stream", "default",
                         reference("#/components/responses/Problem"));
    }
    return responses(strncmp(e->path, "rows/", 5) == 0 ? reference("#/components/schemas/Page")
                                                       : json_pack("{s:s}", "type", "object"));
}

/* Files, under whatever names. */
static json_t *files_body(void) {
    return json_pack("{s:b, s:{s:{s:{s:s, s:{s:s, s:s}}}}}", "required", 1, "content",
                     "multipart/form-data", "schema", "type", "object", "additionalProperties",
                     "type", "string", "format", "binary");
}

/* One address may know several methods. */
static void add_operation(json_t *paths, const char *path, const char *method, json_t *said) {
    json_t *operations = json_object_get(paths, path);
    if (operations == NULL) {
        json_object_set_new(paths, path, json_object());
        operations = json_object_get(paths, path);
    }
    json_object_set_new(operations,
                        strcmp(method, "GET") == 0    ? "get"
                        : strcmp(method, "POST") == 0 ? "post"
                                                      : "delete",
                        said);
}

static void add_endpoints(json_t *paths) {
    for (uint32_t i = 0; i < api_endpoint_count; i++) {
        const endpoint *e = &api_endpoints[i];
        char path[128];
        if (strncmp(e->path, "commands/", 9) == 0) {
            continue; /* they are told one by one */
        }
        (void)snprintf(path, sizeof path, PREFIX "%s", e->path);
        json_t *said = json_pack("{s:s, s:o, s:o}", "summary", e->doc, "parameters",
                                 endpoint_parameters(e), "responses", endpoint_responses(e));
        if (strcmp(e->path, "imports") == 0) {
            json_array_append_new(json_object_get(said, "parameters"),
                                  reference("#/components/parameters/IdempotencyKey"));
            json_object_set_new(said, "requestBody", files_body());
        } else if (endpoint_has_members(e)) {
            const kinmu_table members = {e->parameters, e->parameter_count,
                                         (uint32_t)sizeof(kinmu_field)};
            json_object_set_new(said, "requestBody",
                                json_pack("{s:b, s:o}", "required", 1, "content",
                                          content(table_schema(&members, 0))));
        }
        if (e->scope == NULL) {
            json_object_set_new(said, "security", json_array()); /* open to everybody */
        }
        add_operation(paths, path, e->method, said);
    }
}

/* ---- commands ---- */

static void add_commands(const exchange *x, json_t *paths) {
    for (uint32_t i = 0; i < x->offer_count; i++) {
        const offer *o = &x->offers[i];
        char path[256];
        (void)snprintf(path, sizeof path, PREFIX "commands/%s/%s", o->instance, o->row.name);
        json_object_set_new(paths, path,
                            json_pack("{s:{s:s, s:s, s:[o], s:{s:b, s:o}, s:o}}", "post", "summary",
                                      o->row.doc, "x-permission", o->row.permission, "parameters",
                                      reference("#/components/parameters/IdempotencyKey"),
                                      "requestBody", "required", 0, "content",
                                      content(table_schema(&o->row.input, 0)), "responses",
                                      responses(table_schema(&o->row.output, 1))));
    }
}

/* ---- schemas ---- */

static json_t *row_schema(const kinmu_schema *schema) {
    json_t *values = table_schema(&schema->fields, 1);
    json_object_set_new(values, "required", json_array()); /* what one may not see is absent */
    json_t *row = json_pack(
        "{s:s, s:s, s:{s:{s:s, s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:o}}", "type",
        "object", "description", schema->doc, "properties", "time", "type", "string", "format",
        "date-time", "zone", "type", "string", "utc_offset_s", "type", "integer", "origin", "type",
        "string", "subject", "type", "string", "sequence", "type", "integer", "values", values);
    return row;
}

static json_t *components(const exchange *x) {
    const api *a = x->owner;
    json_t *schemas = json_object();
    const kinmu_schema *schema;
    for (uint32_t i = 0; (schema = a->schemas->find(a->host, KINMU_SCHEMA_ANY + i)) != NULL; i++) {
        char name[128];
        if (rows_is_shown(schema)) {
            (void)snprintf(name, sizeof name, "%s.%u", schema->name, schema->version);
            json_object_set_new(schemas, name, row_schema(schema));
        }
    }
    json_object_set_new(schemas, "Page",
                        json_pack("{s:s, s:{s:{s:s}, s:{s:s, s:{s:s}}, s:{s:[s, s]}}, s:[s, s, s]}",
                                  "type", "object", "properties", "schema", "type", "string",
                                  "rows", "type", "array", "items", "type", "object", "next",
                                  "type", "string", "null", "required", "schema", "rows", "next"));
    json_object_set_new(schemas, "Problem",
                        json_pack("{s:s, s:{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}}}",
                                  "type", "object", "properties", "type", "type", "string",
                                  "status", "type", "integer", "title", "type", "string",
                                  "title_ja", "type", "string", "detail", "type", "string",
                                  "detail_ja", "type", "string"));
    return json_pack(
        "{s:o, s:{s:{s:s, s:{s:{s:o}}}}, s:{s:o}, s:{s:{s:s, s:s}, s:{s:s, s:s, s:s}}}", "schemas",
        schemas, "responses", "Problem", "description", "It was refused, or failed (RFC 9457).",
        "content", "application/problem+json", "schema", reference("#/components/schemas/Problem"),
        "parameters", "IdempotencyKey",
        parameter("Idempotency-Key", "header", 0,
                  json_pack("{s:s, s:i}", "type", "string", "maxLength", (int)API_KEY_BYTES_MAX)),
        "securitySchemes", "token", "type", "http", "scheme", "bearer", "session", "type", "apiKey",
        "in", "cookie", "name", LOGIN_COOKIE);
}

void openapi_job(exchange *x) {
    json_t *paths = json_object();
    add_endpoints(paths);
    add_commands(x, paths);
    exchange_json(x, 200,
                  json_pack("{s:s, s:{s:s, s:s, s:s}, s:[{s:[]}, {s:[]}], s:o, s:o}", "openapi",
                            "3.1.0", "info", "title", "Kinmu", "version", "1", "description",
                            "Shapes, units and errors: docs/api.md.", "security", "token",
                            "session", "paths", paths, "components", components(x)));
}

/* ingest/policy.c - see policy.h. policy_rows.c reads and checks the rows. */
#include "policy.h"
#include "policy_rows.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES_MAX 65536u
#define SCOPES 3u /* all, a group's, a device's: the later one wins */

/* The text of those whom the same rows concern. */
typedef struct built {
    struct built *next;
    char *group; /* "" = of no group that a row names */
    char *device;
    char *text;
} built;

struct fleet_policy {
    policy_item *items;
    uint32_t count;
    char *declined[FLEET_POLICY_PURPOSES_MAX];
    uint32_t declined_count;
    built *texts;
};

/* ---- life ---- */

static void forget_texts(fleet_policy *p) {
    while (p->texts != NULL) {
        built *next = p->texts->next;
        free(p->texts->group);
        free(p->texts->device);
        free(p->texts->text);
        free(p->texts);
        p->texts = next;
    }
}

static void forget_declined(fleet_policy *p) {
    for (uint32_t i = 0; i < p->declined_count; i++) {
        free(p->declined[i]);
    }
    p->declined_count = 0;
}

void fleet_policy_destroy(fleet_policy *p) {
    if (p != NULL) {
        forget_texts(p);
        forget_declined(p);
        policy_items_free(p->items, p->count);
        free(p);
    }
}

int32_t fleet_policy_create(const kinmu_rows *rows, fleet_policy **out, kinmu_err *err) {
    fleet_policy *p = calloc(1, sizeof *p);
    *out = NULL;
    if (p == NULL) {
        return KINMU_E_NOMEM;
    }
    int32_t status = policy_items_read(rows, &p->items, &p->count, err);
    if (status != KINMU_OK) {
        fleet_policy_destroy(p);
        return status;
    }
    *out = p;
    return KINMU_OK;
}

int32_t fleet_policy_decline(fleet_policy *p, const char *const *purposes, uint32_t count) {
    count = count < FLEET_POLICY_PURPOSES_MAX ? count : FLEET_POLICY_PURPOSES_MAX;
    int32_t same = count == p->declined_count;
    for (uint32_t i = 0; same && i < count; i++) {
        same = strcmp(purposes[i], p->declined[i]) == 0;
    }
    if (same) {
        return KINMU_OK;
    }
    forget_texts(p);
    forget_declined(p);
    for (uint32_t i = 0; i < count; i++) {
        char *copy = policy_copy(purposes[i]);
        if (copy == NULL) {
            return KINMU_E_NOMEM;
        }
        p->declined[p->declined_count++] = copy;
    }
    return KINMU_OK;
}

/* ---- what concerns a device ---- */

static int32_t is_named(const policy_item *item, const char *name, const char *id) {
    return strcmp(item->device, name) == 0 || strcmp(item->device, id) == 0;
}

/* 0 for all, 1 for its group, 2 for itself; SCOPES when it is not concerned. */
static uint32_t scope_of(const policy_item *item, const char *group, const char *name,
                         const char *id) {
    if (item->group[0] != '\0' && strcmp(item->group, group) != 0) {
        return SCOPES;
    }
    if (item->device[0] != '\0') {
        return is_named(item, name, id) ? 2 : SCOPES;
    }
    return item->group[0] != '\0' ? 1 : 0;
}

typedef struct choice {
    const policy_item *items[FLEET_POLICY_ROWS_MAX];
    uint32_t count;
} choice;

/* Quiet hours add up; of all else the narrower row takes the place of the wider one. */
static void choose(choice *c, const policy_item *item) {
    for (uint32_t i = 0; i < c->count && item->kind != POLICY_QUIET; i++) {
        if (policy_same_target(c->items[i], item)) {
            c->items[i] = item;
            return;
        }
    }
    c->items[c->count++] = item;
}

/* ---- writing ---- */

typedef struct writing {
    char *text; /* TEXT_BYTES_MAX bytes: rows and purposes are bounded so that it is enough */
    size_t size;
} writing;

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
put(writing *w, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(w->text + w->size, TEXT_BYTES_MAX - w->size, format, arguments);
    va_end(arguments);
    w->size += length > 0 && (size_t)length < TEXT_BYTES_MAX - w->size ? (size_t)length : 0;
}

static int32_t is_first_of_instance(const choice *c, uint32_t at) {
    for (uint32_t i = 0; i < at; i++) {
        if (c->items[i]->kind == POLICY_OPTION && c->items[i]->section == c->items[at]->section &&
            strcmp(c->items[i]->name, c->items[at]->name) == 0) {
            return 0;
        }
    }
    return 1;
}

static void put_instance(writing *w, const choice *c, uint32_t first) {
    put(w, "  \"%s\":\n", c->items[first]->name);
    for (uint32_t i = first; i < c->count; i++) {
        const policy_item *item = c->items[i];
        if (item->kind == POLICY_OPTION && item->section == c->items[first]->section &&
            strcmp(item->name, c->items[first]->name) == 0) {
            put(w, "    \"%s\": %s\n", item->option, item->yaml);
        }
    }
}

static void put_instances(writing *w, const choice *c) {
    for (uint32_t section = 0; section < POLICY_SECTIONS; section++) {
        int32_t is_begun = 0;
        for (uint32_t i = 0; i < c->count; i++) {
            if (c->items[i]->kind == POLICY_OPTION && c->items[i]->section == section &&
                is_first_of_instance(c, i)) {
                put(w, "%s", is_begun ? "" : policy_sections[section]);
                put(w, "%s", is_begun ? "" : ":\n");
                put_instance(w, c, i);
                is_begun = 1;
            }
        }
    }
}

static int32_t is_declined(const fleet_policy *p, const char *purpose) {
    for (uint32_t i = 0; i < p->declined_count; i++) {
        if (strcmp(p->declined[i], purpose) == 0) {
            return 1;
        }
    }
    return 0;
}

static void put_purposes(writing *w, const fleet_policy *p, const choice *c) {
    int32_t is_begun = 0;
    for (uint32_t i = 0; i < p->declined_count; i++) {
        put(w, "%s  \"%s\": {collect: false}\n", is_begun ? "" : "purposes:\n", p->declined[i]);
        is_begun = 1;
    }
    for (uint32_t i = 0; i < c->count; i++) {
        const policy_item *item = c->items[i];
        if (item->kind == POLICY_PURPOSE && !item->collect && !is_declined(p, item->name)) {
            put(w, "%s  \"%s\": {collect: false}\n", is_begun ? "" : "purposes:\n", item->name);
            is_begun = 1;
        }
    }
}

static void put_quiet(writing *w, const choice *c) {
    int32_t is_begun = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->items[i]->kind == POLICY_QUIET) {
            put(w, "%s    - {hours: \"%s\"%s}\n", is_begun ? "" : "quiet:\n  windows:\n",
                c->items[i]->name, c->items[i]->yaml);
            is_begun = 1;
        }
    }
}

static char *build(const fleet_policy *p, const char *group, const char *name, const char *id) {
    writing w = {malloc(TEXT_BYTES_MAX), 0};
    choice *c = calloc(1, sizeof *c);
    if (w.text == NULL || c == NULL) {
        free(w.text);
        free(c);
        return NULL;
    }
    for (uint32_t scope = 0; scope < SCOPES; scope++) {
        for (uint32_t i = 0; i < p->count; i++) {
            if (scope_of(&p->items[i], group, name, id) == scope) {
                choose(c, &p->items[i]);
            }
        }
    }
    put_instances(&w, c);
    put_purposes(&w, p, c);
    put_quiet(&w, c);
    if (w.size == 0) {
        put(&w, "{}\n"); /* takes back what was wanted before */
    }
    free(c);
    char *exact = realloc(w.text, w.size + 1);
    return exact != NULL ? exact : w.text;
}

/* ---- one text for all of a kind ---- */

const char *fleet_policy_for(fleet_policy *p, const char *group, const char *name, const char *id) {
    const char *own_group = "";
    const char *own_device = "";
    for (uint32_t i = 0; i < p->count; i++) {
        if (p->items[i].group[0] != '\0' && strcmp(p->items[i].group, group) == 0) {
            own_group = group;
        }
        if (p->items[i].device[0] != '\0' && is_named(&p->items[i], name, id)) {
            own_device = id;
        }
    }
    for (const built *b = p->texts; b != NULL; b = b->next) {
        if (strcmp(b->group, own_group) == 0 && strcmp(b->device, own_device) == 0) {
            return b->text;
        }
    }
    built *b = calloc(1, sizeof *b);
    if (b == NULL) {
        return NULL;
    }
    b->group = policy_copy(own_group);
    b->device = policy_copy(own_device);
    b->text = build(p, group, name, id);
    b->next = p->texts;
    p->texts = b;
    if (b->group == NULL || b->device == NULL || b->text == NULL) {
        forget_texts(p);
        return NULL;
    }
    return b->text;
}

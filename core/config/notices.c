/* config/notices.c - the section notices: and the names that purposes give of them.
 *
 * A notice's hash covers what conf.d says of it: name, version, both texts, and by
 * name the purposes it is for with keep time and doc, each as text with its NUL. So an answer is
 * good for what was read, and who adds a purpose to a notice asks again.
 */
#include "base/crypto.h"
#include "config/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHERE_SIZE 200

/* ---- checking ---- */

static int32_t check_name(config_loader *l, const config_node *key) {
    char quoted[CONFIG_QUOTE_SIZE];
    int32_t is_name = config_is_name(key->text, key->size, "-") && strcmp(key->text, "true") != 0 &&
                      strcmp(key->text, "false") != 0;
    if (!is_name) {
        config_problem_at(
            l->problems, CONFIG_ERROR, key,
            "notices: %s is no name of a notice: write a-z, 0-9 and -, at most %d bytes",
            config_quote(quoted, key), KINMU_NAME_BYTES_MAX);
    }
    return is_name;
}

/* What a purpose says under `notice`; NULL = no notice. */
static const config_node *notice_of(const config_node *purpose) {
    const config_node *name =
        purpose->type == CONFIG_MAP ? config_map_find(purpose, "notice") : NULL;
    int32_t is_none = name == NULL || name->type != CONFIG_SCALAR || name->size == 0 ||
                      config_is_null(name) || strcmp(name->text, "false") == 0;
    return is_none ? NULL : name;
}

static int32_t is_used(const config_loader *l, const char *notice) {
    const config_node *purposes = l->sections[SECTION_PURPOSES];
    for (uint32_t i = 0; i + 1 < purposes->child_count; i += 2) {
        const config_node *name = notice_of(purposes->children[i + 1]);
        if (name != NULL && strcmp(name->text, notice) == 0) {
            return 1;
        }
    }
    return 0;
}

static void check_use(config_loader *l, const config_node *purpose, const config_node *name) {
    const config_node *notices = l->sections[SECTION_NOTICES];
    const char *known[CONFIG_NOTICES_MAX];
    uint32_t count = 0;
    char where[WHERE_SIZE];
    snprintf(where, sizeof where, "purposes.%s.notice", purpose->text);
    if (strcmp(name->text, "true") == 0) {
        config_problem_at(l->problems, CONFIG_ERROR, name,
                          "%s: true does not say what people are told: write the text under "
                          "notices: and its name here",
                          where);
        return;
    }
    for (uint32_t i = 0; i + 1 < notices->child_count && count < CONFIG_NOTICES_MAX; i += 2) {
        known[count++] = notices->children[i]->text;
        if (strcmp(notices->children[i]->text, name->text) == 0) {
            if (config_is_always(purpose->text)) {
                config_problem_at(l->problems, CONFIG_ERROR, name,
                                  "%s: who looked, who changed and who comes in is always "
                                  "recorded; take this line out",
                                  where);
            }
            return;
        }
    }
    config_unknown(l->problems, name, where, "notice", known, count);
}

void config_check_notices(config_loader *l) {
    const config_node *notices = l->sections[SECTION_NOTICES];
    const config_node *purposes = l->sections[SECTION_PURPOSES];
    if (notices->child_count / 2 > CONFIG_NOTICES_MAX) {
        config_problem_at(l->problems, CONFIG_ERROR,
                          notices->children[(size_t)2 * CONFIG_NOTICES_MAX],
                          "notices: more than %u notices", CONFIG_NOTICES_MAX);
        return;
    }
    for (uint32_t i = 0; i + 1 < notices->child_count; i += 2) {
        const config_node *key = notices->children[i];
        char where[WHERE_SIZE];
        snprintf(where, sizeof where, "notices.%s", key->text);
        int32_t is_name = check_name(l, key);
        config_check_tables(&(config_tables){{&config_core_tables[SECTION_NOTICES]}, 1}, where, key,
                            notices->children[i + 1], l->problems);
        if (is_name && !is_used(l, key->text)) {
            config_problem_at(l->problems, CONFIG_WARNING, key,
                              "%s: no purpose names it, so nobody is asked; write \"notice: %s\" "
                              "under a purpose",
                              where, key->text);
        }
    }
    for (uint32_t i = 0; i + 1 < purposes->child_count; i += 2) {
        const config_node *name = notice_of(purposes->children[i + 1]);
        if (name != NULL) {
            check_use(l, purposes->children[i], name);
        }
    }
}

/* ---- building ---- */

static int compare_purposes(const void *a, const void *b) {
    const config_purpose *const *first = a;
    const config_purpose *const *second = b;
    return strcmp((*first)->name, (*second)->name);
}

static void add_text(buffer *out, const char *text) {
    buffer_append(out, text, strlen(text) + 1);
}

static int32_t hash(crypto *context, const config *c, config_notice *notice) {
    const config_purpose *used[CONFIG_PURPOSES_MAX + 2];
    char days[32];
    uint32_t count = 0;
    buffer told = {0};
    for (uint32_t i = 0; i < c->purpose_count; i++) {
        if (c->purposes[i].notice == notice) {
            used[count++] = &c->purposes[i];
        }
    }
    qsort(used, count, sizeof *used, compare_purposes);
    add_text(&told, notice->name);
    add_text(&told, notice->version);
    add_text(&told, notice->ja);
    add_text(&told, notice->en);
    for (uint32_t i = 0; i < count; i++) {
        snprintf(days, sizeof days, "%lld", (long long)used[i]->keep_days);
        add_text(&told, used[i]->name);
        add_text(&told, days);
        add_text(&told, used[i]->doc);
    }
    int32_t status = told.failed != KINMU_OK
                         ? KINMU_E_NOMEM
                         : crypto_hash(context, told.data, told.size, notice->sha256);
    buffer_free(&told);
    return status;
}

static int32_t hash_all(config *c) {
    crypto *context = NULL;
    int32_t status = crypto_create(&context);
    for (uint32_t i = 0; status == KINMU_OK && i < c->notice_count; i++) {
        status = hash(context, c, &c->notices[i]);
    }
    crypto_destroy(context);
    return status;
}

static int32_t build_one(config_loader *l, uint32_t at) {
    const config_node *section = l->sections[SECTION_NOTICES];
    config_notice_map map = {0};
    kinmu_err err = {{0}, {0}};
    int32_t status = config_fill_struct(l->memory, &config_core_tables[SECTION_NOTICES], sizeof map,
                                        "", section->children[at + 1], &map, &err);
    if (status == KINMU_OK) {
        l->result->notices[l->result->notice_count++] =
            (config_notice){.name = section->children[at]->text,
                            .version = map.version,
                            .ja = map.ja,
                            .en = map.en,
                            .keeps = strcmp(map.renew, "keep") == 0};
    }
    return status;
}

int32_t config_build_notices(config_loader *l) {
    const config_node *section = l->sections[SECTION_NOTICES];
    const config_node *purposes = l->sections[SECTION_PURPOSES];
    config *c = l->result;
    c->notices = arena_get(l->memory, (section->child_count / 2 + 1) * sizeof *c->notices);
    int32_t status = c->notices != NULL ? KINMU_OK : KINMU_E_NOMEM;
    for (uint32_t i = 0; status == KINMU_OK && i + 1 < section->child_count; i += 2) {
        status = build_one(l, i);
    }
    for (uint32_t i = 0; status == KINMU_OK && i + 1 < purposes->child_count; i += 2) {
        const config_node *name = notice_of(purposes->children[i + 1]);
        for (uint32_t at = 0; name != NULL && at < c->notice_count; at++) {
            if (strcmp(c->notices[at].name, name->text) == 0) {
                c->purposes[i / 2].notice = &c->notices[at]; /* built in the order of the file */
            }
        }
    }
    return status == KINMU_OK && c->notice_count > 0 ? hash_all(c) : status;
}

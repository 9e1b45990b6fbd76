/* Prints docs/vocabulary.md from the headers: build/dev/tests/vocabulary_page > docs/vocabulary.md.
 * A test compares the two, so that the page cannot drift. */
#include <kinmu/events/all.h>

#include <stdio.h>

static const char *const intro =
    "# Vocabulary\n"
    "\n"
    "The events all plugins share, from `sdk/include/kinmu/events/`. This page is printed from the "
    "headers by\n"
    "`tests/vocabulary/page.c`; edit those. The vocabulary is a draft until declared version 1; "
    "from then on\n"
    "fields are appended only.\n"
    "\n"
    "A *log* is append-only. A *record* is decided by its owner alone, through `append_if`; the "
    "newest version per\n"
    "key (**bold**) wins. Fields in *italics* may be null. Nothing is recorded whose purpose is "
    "not in force.\n"
    "Dates of business days are text, \"2026-11-22\"; clocks are wall-clock minutes from 00:00 of "
    "that date, up to\n"
    "2879; durations are elapsed minutes; moments are UTC nanoseconds.\n"
    "\n"
    "| schema | kind | purpose | owner | what one event says | fields |\n"
    "|---|---|---|---|---|---|\n";

static void print_fields(const kinmu_schema *schema) {
    const kinmu_field *fields = (const kinmu_field *)schema->fields.rows;
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        uint32_t flags = fields[i].flags;
        const char *mark = (flags & KINMU_FIELD_KEY) != 0        ? "**"
                           : (flags & KINMU_FIELD_REQUIRED) != 0 ? ""
                                                                 : "*";
        printf("%s%s%s%s", i == 0 ? "" : ", ", mark, fields[i].name, mark);
    }
}

int main(void) {
    fputs(intro, stdout);
    for (size_t i = 0; i < KINMU_VOCABULARY_COUNT; i++) {
        const kinmu_schema *schema = kinmu_vocabulary[i];
        printf("| `%s/%u` | %s | %s | %s | %s | ", schema->name, schema->version,
               schema->kind == KINMU_KIND_RECORD ? "record" : "log", schema->purpose,
               schema->owner == NULL ? "" : schema->owner, schema->doc);
        print_fields(schema);
        puts(" |");
    }
    return 0;
}

/* template_fuzz.c - arbitrary bytes as the words of a mail: refused with a reason, or filled in so
 * that nothing is left of the names and nothing put there is looked at again. */
#include "../../plugins/connectors/email/template.c"
#include "../../plugins/connectors/email/texts.c"
#include "../../plugins/shared/encode.c"
#include "../../plugins/shared/encode_iconv.c"
#include "../../plugins/shared/memory.c"
#include "../../plugins/shared/words.c"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Bytes of `text` that are no part of a name. */
static size_t plain(const char *text) {
    size_t count = 0;
    for (size_t at = 0; text[at] != '\0';) {
        size_t name = text[at] == '{' ? name_size(text + at) : 0;
        count += name == 0;
        at += name > 0 ? name + 2 : 1;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char problem[160] = "";
    char *text = malloc(size + 1);
    if (text == NULL) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    uint32_t kind = size > 0 ? data[size - 1] % TEMPLATE_KINDS : 0;
    const char *why = template_check(kind, text, size, problem, sizeof problem);
    if (why != NULL && (why[0] == '\0' || strlen(why) >= sizeof problem)) {
        abort();
    }
    if (why == NULL) {
        memory m = {0};
        template_words none = {.count = 0};
        const char *subject = NULL;
        const char *body = NULL;
        template_fill(&m, text, &none, &subject, &body);
        if (subject == NULL || body == NULL || strchr(subject, '\n') != NULL ||
            strchr(body, '{') != NULL ||
            strlen(subject) + strlen(body) + strlen("Subject: \n\n") != plain(text)) {
            abort();
        }
        memory_free(&m);
    }
    free(text);
    return 0;
}

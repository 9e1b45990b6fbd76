/* shared/sentences.c - see sentences.h. */
#include "sentences.h"

#include <string.h>

const sentence *sentences_find(const sentence *table, size_t count, const char *code) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i].code, code) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

const char *sentences_fill(memory *m, const char *text, const char *one, const char *two) {
    one = one != NULL ? one : "";
    two = two != NULL ? two : "";
    size_t occurrences = 0;
    for (const char *at = strchr(text, '{'); at != NULL; at = strchr(at + 1, '{')) {
        occurrences++;
    }
    size_t longest = strlen(one) > strlen(two) ? strlen(one) : strlen(two);
    char *out = memory_get(m, strlen(text) + occurrences * longest + 1);
    char *to = out;
    if (out == NULL) {
        return "";
    }
    for (const char *at = text; *at != '\0';) {
        const char *word = NULL;
        if (strncmp(at, "{1}", 3) == 0) {
            word = one;
        } else if (strncmp(at, "{2}", 3) == 0) {
            word = two;
        }
        if (word == NULL) {
            *to++ = *at++;
            continue;
        }
        while (*word != '\0') {
            *to++ = *word++;
        }
        at += 3;
    }
    return out;
}

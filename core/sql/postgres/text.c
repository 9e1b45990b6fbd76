/* sql/postgres/text.c - small work on texts of statements. Memory only. */
#include "sql/postgres/postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *postgres_copy_text(const char *text) {
    size_t size = strlen(text != NULL ? text : "") + 1;
    char *copy = malloc(size);
    if (copy != NULL) {
        memcpy(copy, text != NULL ? text : "", size);
    }
    return copy;
}

/* Texts in quotes are left alone; statements here have no comments. */
char *postgres_translate(const char *text, int *count) {
    size_t marks = 0;
    for (const char *c = text; *c != '\0'; c++) {
        marks += *c == '?';
    }
    size_t room = strlen(text) + marks * 4 + 1;
    char *out = malloc(room);
    size_t size = 0;
    char quote = '\0';
    *count = 0;
    while (out != NULL && *text != '\0') {
        char c = *text++;
        if (quote != '\0' || c != '?') {
            quote =
                quote != '\0' ? (c == quote ? '\0' : quote) : (c == '\'' || c == '"' ? c : '\0');
            out[size++] = c;
            continue;
        }
        int number = 0;
        while (*text >= '0' && *text <= '9') {
            number = number * 10 + (*text++ - '0');
        }
        number = number > 0 ? number : *count + 1;
        *count = number > *count ? number : *count;
        size += (size_t)snprintf(out + size, room - size, "$%d", number);
    }
    if (out != NULL) {
        out[size] = '\0';
    }
    return out;
}

/* email/template.c - see template.h. */
#include "template.h"

#include "encode.h"
#include "words.h"

#include <stdio.h>
#include <string.h>

#define HEAD "Subject: "
#define NAME_BYTES_MAX 32u

void template_put(template_words *words, const char *name, const char *text) {
    if (words->count < TEMPLATE_WORDS_MAX) {
        words->items[words->count++] = (template_word){name, text};
    }
}

/* The size of the name at "{name}"; 0 when it is none. */
static size_t name_size(const char *at) {
    size_t size = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz_");
    return at[1 + size] == '}' && size <= NAME_BYTES_MAX ? size : 0;
}

static int32_t is_name_of(uint32_t kind, const char *name, size_t size) {
    return words_choice(template_names(kind), name, (uint32_t)size) >= 0;
}

static const char *check_head(const char *text) {
    const char *end = strchr(text, '\n');
    if (strncmp(text, HEAD, strlen(HEAD)) != 0 || end == NULL) {
        return "line 1: begins with \"Subject: \"";
    }
    if (end == text + strlen(HEAD) || end[1] != '\n' || end[2] == '\0') {
        return "line 1: has a subject, then an empty line, then the body";
    }
    return NULL;
}

const char *template_check(uint32_t kind, const char *text, size_t size, char *problem,
                           size_t problem_size) {
    uint32_t line = 1;
    if (size > TEMPLATE_BYTES_MAX || strlen(text) != size) {
        return "is larger than 16 KiB, or holds a NUL";
    }
    for (size_t at = 0; at < size;) {
        if (encode_next(text, size, &at) == ENCODE_BAD_CHARACTER) {
            return "is not UTF-8";
        }
    }
    const char *head = check_head(text);
    for (const char *at = text; head == NULL && *at != '\0'; at++) {
        line += *at == '\n';
        if (*at == '\r') {
            return "has lines that end with CR LF; save it with LF";
        }
        if (*at != '{') {
            continue;
        }
        size_t length = name_size(at);
        if (length == 0 || !is_name_of(kind, at + 1, length)) {
            (void)snprintf(problem, problem_size,
                           "line %u: {%.*s} is no word of this mail; there are %s", line,
                           (int)strcspn(at + 1, "}\n\t {"), at + 1, template_names(kind));
            return problem;
        }
    }
    return head;
}

static const char *text_of(const template_words *words, const char *name, size_t size) {
    for (uint32_t i = 0; i < words->count; i++) {
        if (strlen(words->items[i].name) == size && memcmp(words->items[i].name, name, size) == 0) {
            return words->items[i].text != NULL ? words->items[i].text : "";
        }
    }
    return "";
}

/* Puts the bytes behind the others; with `out` NULL they are only counted. */
static size_t add(char *out, size_t length, const char *bytes, size_t size) {
    for (size_t i = 0; out != NULL && i < size; i++) {
        out[length + i] = bytes[i];
    }
    return length + size;
}

/* What is filled in is not looked at again. With `out` NULL only the size is told. */
static size_t fill(const char *text, size_t size, const template_words *words, char *out) {
    size_t length = 0;
    for (size_t at = 0; at < size;) {
        size_t name = text[at] == '{' ? name_size(text + at) : 0;
        if (name > 0) {
            const char *word = text_of(words, text + at + 1, name);
            length = add(out, length, word, strlen(word));
            at += name + 2;
        } else {
            length = add(out, length, text + at++, 1);
        }
    }
    return length;
}

static const char *filled(memory *m, const char *text, size_t size, const template_words *words) {
    char *out = memory_get(m, fill(text, size, words, NULL) + 1);
    if (out != NULL) {
        (void)fill(text, size, words, out);
    }
    return out;
}

void template_fill(memory *m, const char *text, const template_words *words, const char **subject,
                   const char **body) {
    const char *begin = text + strlen(HEAD);
    const char *end = strchr(begin, '\n');
    *subject = end != NULL ? filled(m, begin, (size_t)(end - begin), words) : "";
    *body = end != NULL ? filled(m, end + 2, strlen(end + 2), words) : "";
}

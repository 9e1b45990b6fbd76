/* email/template.h - the words of a kind of mail: a first line "Subject: …", an empty line, the
 * body. {name} stands for what is put there; nothing else has a meaning. Pure. */
#ifndef EMAIL_TEMPLATE_H
#define EMAIL_TEMPLATE_H

#include "memory.h"

#include <kinmu/base.h>

#define TEMPLATE_BYTES_MAX 16384u
#define TEMPLATE_KINDS 6u
#define TEMPLATE_WORDS_MAX 24u

/* In the order of KINMU_MAIL_KINDS. */
enum {
    TEMPLATE_REQUEST,
    TEMPLATE_AUTO_END,
    TEMPLATE_IMPORT,
    TEMPLATE_DIGEST,
    TEMPLATE_REGISTRATION,
    TEMPLATE_REISSUE
};

typedef struct template_word {
    const char *name, *text;
} template_word;

typedef struct template_words {
    template_word items[TEMPLATE_WORDS_MAX];
    uint32_t count;
} template_words;

void template_put(template_words *words, const char *name, const char *text);

/* The names a template of that kind may use, joined by "|". */
const char *template_names(uint32_t kind);
/* Built in, Japanese before English. */
const char *template_builtin(uint32_t kind);

/* NULL, or what is wrong with a template of that kind, said into `problem` with its line. */
const char *template_check(uint32_t kind, const char *text, size_t size, char *problem,
                           size_t problem_size);

/* Fills in. *subject and *body; NULL without memory. The text was checked before. */
void template_fill(memory *m, const char *text, const template_words *words, const char **subject,
                   const char **body);

#endif

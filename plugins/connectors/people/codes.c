/* people/codes.c - see codes.h. What a state and a code do not say in N's guide is decided here and
 * in ADR 0026: deleting what is deleted changes nothing; 4 also ends ログイン不可; an erased
 * person's id is never given away again, an erased group's is. */
#include "codes.h"

#include <string.h>

#define CODES_MAX 8u

/* Columns: absent, active, suspended, deleted, erased. */
static const int8_t tables[CODE_TABLES][CODES_MAX][STATES] =
    {
        [CODES_GROUP] =
            {
                {DO_NOTHING, DO_NOTHING, DO_NOTHING, DO_NOTHING, DO_NOTHING}, /* 0 処理なし */
                {DO_CREATE, NO_EXISTS, NO_EXISTS, NO_DELETED, DO_CREATE},     /* 1 登録 */
                {NO_ABSENT, DO_UPDATE, NO_ABSENT, NO_DELETED, NO_ABSENT},     /* 2 更新 */
                {NO_ABSENT, DO_DELETE, NO_ABSENT, DO_NOTHING, NO_ABSENT},     /* 3 削除 */
                {NO_ABSENT, NO_ACTIVE, NO_ABSENT, DO_REVIVE, NO_ABSENT},      /* 4 再登録 */
                {NO_ABSENT, DO_ERASE, NO_ABSENT, DO_ERASE, DO_NOTHING},       /* 5 完全削除 */
            },
        [CODES_PERSON] =
            {
                {DO_NOTHING, DO_NOTHING, DO_NOTHING, DO_NOTHING, DO_NOTHING}, /* 0 処理なし */
                {DO_CREATE, NO_EXISTS, NO_SUSPENDED, NO_DELETED, NO_ERASED},  /* 1 登録 */
                {NO_ABSENT, DO_UPDATE, DO_UPDATE, NO_DELETED, NO_ERASED},     /* 2 更新 */
                {NO_ABSENT, DO_SUSPEND, DO_NOTHING, NO_DELETED, NO_ERASED}, /* 3 ログイン不可 */
                {NO_ABSENT, NO_ACTIVE, DO_REVIVE, DO_REVIVE, NO_ERASED},    /* 4 再登録 */
                {NO_ABSENT, DO_LINK, NO_SUSPENDED, NO_DELETED, NO_ERASED}, /* 5 再発行 */
                {NO_ABSENT, DO_DELETE, DO_DELETE, DO_NOTHING, NO_ERASED},  /* 6 削除 */
                {NO_ABSENT, DO_ERASE, DO_ERASE, DO_ERASE, DO_NOTHING},     /* 7 完全削除 */
            },
        [CODES_PATTERN] =
            {
                {DO_NOTHING, DO_NOTHING, DO_NOTHING, DO_NOTHING, DO_NOTHING}, /* 0 処理なし */
                {DO_CREATE, NO_EXISTS, NO_EXISTS, NO_DELETED, NO_DELETED},    /* 1 登録 */
                {NO_ABSENT, DO_UPDATE, NO_ABSENT, NO_DELETED, NO_ABSENT},     /* 2 更新 */
                {NO_ABSENT, DO_DELETE, NO_ABSENT, DO_NOTHING, NO_ABSENT},     /* 3 削除 */
                {NO_ABSENT, NO_ACTIVE, NO_ABSENT, DO_REVIVE, NO_ABSENT},      /* 4 再登録 */
            },
};

uint32_t codes_count(uint32_t table) {
    static const uint32_t counts[CODE_TABLES] = {6, 8, 5};
    return counts[table];
}

int32_t codes_look_up(uint32_t table, uint32_t code, uint32_t state) {
    return tables[table][code][state];
}

uint32_t codes_state(const char *word) {
    static const char *const words[STATES] = {"", "active", "suspended", "deleted", "erased"};
    uint32_t state = 0;
    while (state + 1 < STATES && strcmp(words[state], word) != 0) {
        state++;
    }
    return state;
}

const char *codes_problem(int32_t refusal) {
    switch (refusal) {
    case NO_EXISTS:
        return "code.exists";
    case NO_ABSENT:
        return "code.absent";
    case NO_SUSPENDED:
        return "code.suspended";
    case NO_DELETED:
        return "code.deleted";
    case NO_ACTIVE:
        return "code.active";
    default:
        return "code.erased";
    }
}

/* approval_states_test.c - the state machines of connector `approval`: every state with every
 * action goes where this page says or is refused by a sentence that exists in both languages, and
 * the README shows the same tables. */
#include "plugins/connectors/approval/states.c"
#include "plugins/connectors/approval/texts.c"
#include "plugins/shared/memory.c"
#include "plugins/shared/sentences.c"
#include "plugins/shared/words.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define README KINMU_SOURCE_DIR "/plugins/connectors/approval/README.md"

/* The word at a position of "a|b|c". */
static const char *word_at(const char *choices, uint32_t index) {
    static char words[32][32];
    static uint32_t next;
    uint32_t size = 0;
    const char *at = words_choice_at(choices, index, &size);
    if (at == NULL) {
        return NULL;
    }
    char *out = words[next++ % 32];
    (void)snprintf(out, 32, "%.*s", (int)size, at);
    return out;
}

/* What is expected: for each state, the next state per action, "-" = refused. */
static void check(const state_machine *machine, const char *const *expected) {
    for (uint32_t s = 0; word_at(machine->states, s) != NULL; s++) {
        const char *rest = expected[s];
        for (uint32_t a = 0; word_at(machine->actions, a) != NULL; a++) {
            char word[32];
            int used = 0;
            assert_int_equal(sscanf(rest, "%31s%n", word, &used), 1);
            rest += used;
            const state_step step =
                states_step(machine, word_at(machine->states, s), word_at(machine->actions, a));
            assert_true((step.next == NULL) != (step.code == NULL));
            assert_string_equal(step.next != NULL ? step.next : "-", word);
            if (step.code != NULL) {
                assert_non_null(texts_find(step.code, 0));
                assert_non_null(texts_find(step.code, 1));
            } else {
                assert_true(words_choice(machine->states, step.next, (uint32_t)strlen(step.next)) >=
                            0);
            }
        }
        assert_int_equal(strspn(rest, " "), strlen(rest));
    }
}

static void a_shift_goes_in_order(void **state) {
    /* start break resume end task_start task_end */
    static const char *const expected[] = {
        "working - - - - -",             /* off */
        "- break - off working working", /* working */
        "- - working off - -",           /* break */
    };
    (void)state;
    check(&shift_machine, expected);
}

static void a_request_is_decided_once(void **state) {
    /* submit approve deny return withdraw expire */
    static const char *const expected[] = {
        "pending - - - withdrawn expired",              /* draft */
        "- approved denied returned withdrawn expired", /* pending */
        "- - - - - expired",                            /* approved */
        "- - - - - -",                                  /* denied */
        "pending - - - withdrawn expired",              /* returned */
        "- - - - - -",                                  /* withdrawn */
        "- - - - - -",                                  /* expired */
    };
    (void)state;
    check(&request_machine, expected);
}

static void an_incident_is_judged_and_judged_again(void **state) {
    /* illicit harmless */
    static const char *const expected[] = {
        "illicit harmless", /* pending */
        "- harmless",       /* illicit */
        "illicit -",        /* harmless */
    };
    (void)state;
    check(&incident_machine, expected);
}

static void a_task_is_done_once(void **state) {
    /* start end edit delete */
    static const char *const expected[] = {
        "running done planned deleted", /* planned */
        "- done running -",             /* running */
        "- - done deleted",             /* done */
        "- - - -",                      /* deleted */
    };
    (void)state;
    check(&task_machine, expected);
}

/* A shift in any order of 7 punches (7 of 6 kinds: 279,936 ways): work and breaks never overlap,
 * and what begins is ended before it begins again. */
static void no_order_of_punches_breaks_a_shift(void **state) {
    (void)state;
    for (uint32_t order = 0; order < 279936; order++) {
        const char *at = "off";
        int is_open = 0;
        int is_break = 0;
        uint32_t rest = order;
        for (int i = 0; i < 7; i++, rest /= 6) {
            const char *action = word_at(shift_machine.actions, rest % 6);
            const state_step step = states_step(&shift_machine, at, action);
            if (step.next == NULL) {
                continue;
            }
            if (strcmp(action, "start") == 0) {
                assert_int_equal(is_open++, 0);
            } else if (strcmp(action, "end") == 0) {
                assert_int_equal(is_open--, 1);
                is_break = 0;
            } else if (strcmp(action, "break") == 0) {
                assert_int_equal(is_break++, 0);
            } else if (strcmp(action, "resume") == 0) {
                assert_int_equal(is_break--, 1);
            } else {
                assert_true(is_open && !is_break);
            }
            at = step.next;
        }
        assert_int_equal(is_open, strcmp(at, "off") != 0);
        assert_int_equal(is_break, strcmp(at, "break") == 0);
    }
}

static void what_is_unknown_is_refused(void **state) {
    (void)state;
    assert_string_equal(states_step(&request_machine, "lost", "approve").code, "state.unknown");
    assert_string_equal(states_step(&request_machine, "pending", "praise").code, "state.unknown");
    assert_string_equal(states_step(&request_machine, "", "").code, "state.unknown");
}

/* "| state | action | …": as the README has to show it. */
static void print_table(const state_machine *machine, char *out, size_t size) {
    int used = snprintf(out, size, "| %s |", machine->name);
    for (uint32_t a = 0; word_at(machine->actions, a) != NULL; a++) {
        used += snprintf(out + used, size - (size_t)used, " %s |", word_at(machine->actions, a));
    }
    used += snprintf(out + used, size - (size_t)used, "\n|");
    for (uint32_t a = 0; a <= machine->action_count; a++) {
        used += snprintf(out + used, size - (size_t)used, "---|");
    }
    for (uint32_t s = 0; word_at(machine->states, s) != NULL; s++) {
        const char *name = word_at(machine->states, s);
        used += snprintf(out + used, size - (size_t)used, "\n| %s |", name);
        for (uint32_t a = 0; word_at(machine->actions, a) != NULL; a++) {
            const state_step step = states_step(machine, name, word_at(machine->actions, a));
            used +=
                snprintf(out + used, size - (size_t)used, step.next != NULL ? " %s |" : " `%s` |",
                         step.next != NULL ? step.next : step.code);
        }
    }
    (void)snprintf(out + used, size - (size_t)used, "\n");
}

static void the_readme_shows_these_tables(void **state) {
    static const state_machine *const machines[] = {&shift_machine, &request_machine,
                                                    &incident_machine, &task_machine};
    static char text[65536];
    static char table[8192];
    FILE *in = fopen(README, "rb");
    (void)state;
    assert_non_null(in);
    text[fread(text, 1, sizeof text - 1, in)] = '\0';
    assert_int_equal(fclose(in), 0);
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        print_table(machines[i], table, sizeof table);
        if (strstr(text, table) == NULL) {
            fail_msg("the README has to show this table:\n%s", table);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shift_goes_in_order),
        cmocka_unit_test(a_request_is_decided_once),
        cmocka_unit_test(an_incident_is_judged_and_judged_again),
        cmocka_unit_test(a_task_is_done_once),
        cmocka_unit_test(no_order_of_punches_breaks_a_shift),
        cmocka_unit_test(what_is_unknown_is_refused),
        cmocka_unit_test(the_readme_shows_these_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
